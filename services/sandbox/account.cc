#include "sandbox/account.h"

#include "base/check.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {

std::optional<WalletVersion> VersionOf(const Account& account) {
  static const ton::Hash256 v5_hash = ton::WalletV5Code()->hash();
  static const ton::Hash256 v4_hash = ton::WalletV4Code()->hash();
  if (account.status != AccountStatus::kActive || account.code == nullptr) return std::nullopt;
  if (account.code->hash() == v5_hash) return WalletVersion::kV5R1;
  if (account.code->hash() == v4_hash) return WalletVersion::kV4R2;
  return std::nullopt;
}

std::optional<WalletFacts> ReadWallet(const Account& account) {
  const std::optional<WalletVersion> version = VersionOf(account);
  if (!version.has_value()) return std::nullopt;
  if (*version == WalletVersion::kV4R2) {
    const absl::StatusOr<ton::WalletV4State> state = ton::ParseWalletV4Data(account.data);
    if (!state.ok()) return std::nullopt;
    return WalletFacts{*version,          state->seqno, state->wallet_id,
                       state->public_key, true,         state->has_plugins};
  }
  const absl::StatusOr<ton::WalletV5State> state = ton::ParseWalletV5Data(account.data);
  if (!state.ok()) return std::nullopt;
  return WalletFacts{*version,
                     state->seqno,
                     state->wallet_id,
                     state->public_key,
                     state->signature_allowed,
                     state->has_extensions};
}

ton::Hash256 StateHash(const Account& account) {
  ton::CellBuilder builder;
  builder.Uint(static_cast<uint64_t>(account.status), 2);
  ton::StoreAddress(builder, account.address).Coins(account.balance_nano);
  builder.Uint(account.last_lt, 64).MaybeRef(account.code).MaybeRef(account.data);
  const auto cell = builder.Build();
  STARLIFT_CHECK(cell.ok());
  return (*cell)->hash();
}

}  // namespace starlift::sandbox
