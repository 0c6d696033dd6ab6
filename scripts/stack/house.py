"""The installation's own wallets and Fragment accounts, as a stack makes them in its sandbox."""


class HouseWallet:
    """A funded wallet. `version` is v5r1 or v4r2."""

    def __init__(self, name, version="v5r1", balance_nano=100_000_000_000):
        self.name, self.version, self.balance_nano = name, version, balance_nano
        self.minted = None  # {"mnemonic", "address", "public_key"} once it exists
        self.key_file = None

    @property
    def address(self):
        return self.minted["address"]


class HouseSession:
    """An account. `wallet` is the name of the house wallet that is connected to it; None: a stranger's."""

    def __init__(self, name, wallet=None, foreign_payer=False, max_open_orders=50, pace_ms=0):
        self.name, self.wallet, self.foreign_payer = name, wallet, foreign_payer
        self.max_open_orders, self.pace_ms = max_open_orders, pace_ms
        self.cookies_file = None


class House:
    def __init__(self, wallets=(), sessions=()):
        self.wallets, self.sessions = list(wallets), list(sessions)

    def wallet(self, name):
        return next(wallet for wallet in self.wallets if wallet.name == name)

    def make(self, stack):
        """Mints the wallets, logs the sessions in, and writes their files."""
        for wallet in self.wallets:
            wallet.minted = stack.new_wallet(wallet.balance_nano, version=wallet.version)
            wallet.key_file = stack.write_private("keys/house-" + wallet.name, wallet.minted["mnemonic"] + "\n")
        for session in self.sessions:
            minted = self.wallet(session.wallet).minted if session.wallet else stack.new_wallet(0)
            session.wallet = session.wallet or minted["address"]
            cookies = stack.new_session(minted, session.foreign_payer)
            session.cookies_file = stack.write_private("keys/session-" + session.name, cookies + "\n")

    def wallet_tables(self):
        return [{"name": wallet.name, "version": wallet.version, "key_file": wallet.key_file}
                for wallet in self.wallets]

    def session_tables(self):
        return [{"name": session.name, "cookies_file": session.cookies_file, "wallet": session.wallet,
                 "foreign_payer": session.foreign_payer, "max_open_orders": session.max_open_orders,
                 "pace_ms": session.pace_ms} for session in self.sessions]
