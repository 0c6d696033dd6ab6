#include "domain/payment/wallet_reading.h"

#include "base/error.h"
#include "base/status_macros.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

absl::Status Unsupported(absl::string_view why) { return Fail(Reason::kWalletUnsupported, why); }

absl::StatusOr<ton::WalletV5State> ActiveWallet(const AccountState& account) {
  if (account.code == nullptr || account.code->hash() != ton::WalletV5Code()->hash()) {
    return Unsupported("the account's contract is not a Wallet V5R1");
  }
  if (account.data == nullptr) return Unsupported("the wallet's data is missing");
  absl::StatusOr<ton::WalletV5State> state = ton::ParseWalletV5Data(account.data);
  if (!state.ok()) return Unsupported("the wallet's data cannot be read");
  if (!state->signature_allowed) return Unsupported("the wallet does not accept signatures");
  if (state->has_extensions) return Unsupported("the wallet has extensions that can spend from it");
  return state;
}

}  // namespace

absl::Status CheckWalletUsable(const AccountState& account) {
  switch (account.status) {
    case AccountState::Status::kUninitialized:
      return absl::OkStatus();
    case AccountState::Status::kFrozen:
      return Unsupported("the wallet is frozen");
    case AccountState::Status::kActive:
      return ActiveWallet(account).status();
  }
  return Unsupported("the wallet's state is unknown");
}

absl::StatusOr<WalletReading> ReadWallet(const AccountState& account, const Payer& payer,
                                         int32_t network_global_id) {
  if (account.status == AccountState::Status::kUninitialized) return WalletReading{false, 0};
  if (account.status == AccountState::Status::kFrozen) return Unsupported("the wallet is frozen");
  ASSIGN_OR_RETURN(const ton::WalletV5State state, ActiveWallet(account));
  if (ton::HexOf(state.public_key) != payer.public_key_hex) {
    return Unsupported("the wallet belongs to another key");
  }
  if (state.wallet_id != ton::WalletV5Id(network_global_id)) {
    return Unsupported("the wallet is of another network or subwallet");
  }
  return WalletReading{true, static_cast<int64_t>(state.seqno)};
}

}  // namespace starlift
