#include "sandbox/account.h"

#include "base/check.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {

bool IsWalletV5(const Account& account) {
  static const ton::Hash256 code_hash = ton::WalletV5Code()->hash();
  return account.status == AccountStatus::kActive && account.code != nullptr &&
         account.code->hash() == code_hash;
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
