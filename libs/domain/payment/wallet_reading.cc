#include "domain/payment/wallet_reading.h"

#include "base/error.h"
#include "base/status_macros.h"
#include "domain/payment/wallet_contract.h"

namespace starlift {
namespace {

absl::Status Unsupported(absl::string_view why) { return Fail(Reason::kWalletUnsupported, why); }

}  // namespace

absl::Status CheckWalletUsable(const AccountState& account) {
  switch (account.status) {
    case AccountState::Status::kUninitialized:
      return absl::OkStatus();
    case AccountState::Status::kFrozen:
      return Unsupported("the wallet is frozen");
    case AccountState::Status::kActive:
      return ReadWalletCells(account).status();
  }
  return Unsupported("the wallet's state is unknown");
}

absl::StatusOr<WalletReading> ReadWallet(const AccountState& account, const Payer& payer,
                                         int32_t network_global_id) {
  if (account.status == AccountState::Status::kUninitialized) return WalletReading{false, 0};
  if (account.status == AccountState::Status::kFrozen) return Unsupported("the wallet is frozen");
  ASSIGN_OR_RETURN(const WalletState state, ReadWalletCells(account));
  if (state.version != payer.version) return Unsupported("the wallet is of another version");
  if (state.public_key_hex != payer.public_key_hex) {
    return Unsupported("the wallet belongs to another key");
  }
  if (state.wallet_id != WalletIdFor(payer.version, network_global_id)) {
    return Unsupported("the wallet is of another network or subwallet");
  }
  return WalletReading{true, state.seqno};
}

}  // namespace starlift
