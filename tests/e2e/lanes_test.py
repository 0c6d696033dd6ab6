#!/usr/bin/python3
"""Wallets' lanes: many payments in one message, both contracts, foreign use, providers that fail."""

import collections
import time
import unittest
import uuid

from e2e_case import E2eCase
from stack import House, HouseSession, HouseWallet

BURST = 40


class LanesTest(E2eCase):
    stack_options = {"house": House([HouseWallet("main", balance_nano=500_000_000_000)],
                                    [HouseSession("first", "main", max_open_orders=BURST)])}

    def fault(self, name, **fields):
        self.stack.control("faults", dict(fields, name=name))
        self.addCleanup(self.stack.control, "faults", {"name": "clear"})

    def new_v4r2_payer(self, **wallet):
        payment = self.new_payer(version="v4r2", **wallet)
        return dict(payment, wallet_version="WALLET_VERSION_V4R2")

    def transactions_of(self, address):
        """{transaction hash: payments in it} of what really left the wallet."""
        return collections.Counter(row["tx_hash"] for row in self.stack.transfers({"address": address}))

    def test_a_v4r2_wallet_pays(self):
        for deployed in (False, True):
            with self.subTest(deployed=deployed):
                order = self.wait_delivered(self.buy(payment=self.new_v4r2_payer(deployed=deployed)))
                self.assertEqual(order.payment.wallet_address, self.wallet["address"])
                self.assert_paid(self.wallet, 1)

    def test_a_v4r2_wallet_carries_four_payments_a_message(self):
        payment = self.new_v4r2_payer(deployed=True, balance_nano=20_000_000_000)
        self.fault("hold_blocks", ms=-1)
        orders = [self.buy("erin%d" % i, 50, payment=payment) for i in range(5)]
        time.sleep(3)
        self.stack.control("faults", {"name": "hold_blocks", "ms": 0})
        for order in orders:
            self.wait_delivered(order, 40)
        self.assert_paid(self.wallet, 5)
        self.assertLessEqual(max(self.transactions_of(self.wallet["address"]).values()), 4)

    def test_the_version_is_found_by_what_the_chain_shows(self):
        wallet = self.stack.new_wallet(version="v4r2")
        session = self.stack.new_session(wallet)
        order = self.wait_delivered(self.buy(payment={
            "mnemonic": wallet["mnemonic"].split(), "fragment_cookies": session,
            "wallet_version": "WALLET_VERSION_AUTO"}))
        self.assertEqual(order.payment.wallet_address, wallet["address"])
        self.stack.new_wallet(version="v5r1", mnemonic=wallet["mnemonic"])
        self.assert_refused("WALLETS_BOTH_FUNDED", self.buy, code="FAILED_PRECONDITION", payment={
            "mnemonic": wallet["mnemonic"].split(), "fragment_cookies": self.stack.new_session(wallet),
            "wallet_version": "WALLET_VERSION_AUTO"})

    def test_a_burst_on_one_house_wallet_leaves_in_few_messages(self):
        tenant, key, _ = self.stack.create_key("burst")
        self.stack.operator().book_credit(tenant=tenant, request_id=str(uuid.uuid4()), amount=10**12)
        client = self.stack.client(key)
        orders = [client.create_order(**self.stars(
            "frank%d" % i, 50, funding="FUNDING_BALANCE", session_kind="SESSION_KIND_HOUSE", payment={}))
            for i in range(BURST)]
        for order in orders:
            done = client.wait_order(order.name, 50)
            self.assertEqual(client.state_name(done), "DELIVERED", done)
        sizes = self.transactions_of(self.stack.house.wallet("main").address)
        self.assertEqual(sum(sizes.values()), BURST)
        self.assertLessEqual(len(sizes), BURST // 4, sizes)
        lines = self.stack.postgres.query("SELECT count(*) FROM witnessed_transfers w", "witness")
        rows = self.stack.postgres.query("SELECT count(*) FROM transfers")
        self.assertEqual(lines, rows)

    def test_somebody_else_uses_the_wallet_first(self):
        payment = self.new_payer(deployed=True)
        self.fault("hold_blocks", ms=-1)
        order = self.buy(payment=payment)
        self.wait_for(order.name, {"PAYING"}, 10)
        self.stack.control("faults", {"name": "foreign_use", "wallet": self.wallet["address"]})
        self.stack.control("faults", {"name": "hold_blocks", "ms": 0})
        # The other message used our seqno, so ours can never be executed: it is signed anew.
        self.wait_delivered(order, 40)
        self.assert_paid(self.wallet, 1)

    def test_a_provider_that_is_down_or_behind_holds_no_payment_back(self):
        for name, fields in (("provider_down", {}), ("provider_stale", {"lag_ms": 4000})):
            for provider in "ab":
                with self.subTest(name, provider=provider):
                    payment = self.new_payer(deployed=True)
                    if fields:
                        time.sleep(4.5)  # the stale state shows the wallet with its money
                    self.fault(name, provider=provider, ms=8000, **fields)
                    self.wait_delivered(self.buy(payment=payment), 40)
                    self.assert_paid(self.wallet, 1)
                self.stack.control("faults", {"name": "clear"})

    def test_a_provider_that_lies_about_time_kills_nothing_alone(self):
        self.fault("drop_external", count=1)
        self.fault("provider_lies", provider="b", kind="state_time_ahead", ms=60_000)
        order = self.buy(payment=self.new_payer(deployed=True))
        self.wait_delivered(order, 40)
        self.assert_paid(self.wallet, 1)


if __name__ == "__main__":
    unittest.main()
