#include "domain/ledger/ledger.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift {
namespace {

std::string WalletAccount(absl::string_view address) { return absl::StrCat("wallet:", address); }
std::string HeldAccount(const OrderId& order) { return absl::StrCat("held:", order.value()); }

void Add(LedgerTransaction* transaction, std::string account, Asset asset, Units amount) {
  if (amount == Units(0)) return;
  transaction->entries.push_back({std::move(account), asset, amount});
}

}  // namespace

absl::string_view LedgerKindName(LedgerKind kind) {
  switch (kind) {
    case LedgerKind::kHold:
      return "hold";
    case LedgerKind::kPost:
      return "post";
    case LedgerKind::kVoid:
      return "void";
    case LedgerKind::kFee:
      return "fee";
  }
  return "";
}

LedgerTransaction Hold(const OrderId& order, absl::string_view wallet_address, Asset asset,
                       Units amount) {
  STARLIFT_CHECK(amount > Units(0));
  LedgerTransaction transaction{order, LedgerKind::kHold, 1, {}};
  Add(&transaction, WalletAccount(wallet_address), asset, -amount);
  Add(&transaction, HeldAccount(order), asset, amount);
  return transaction;
}

LedgerTransaction Post(const OrderId& order, absl::string_view wallet_address, Asset asset,
                       Units held, Units paid, Units fees) {
  STARLIFT_CHECK(held > Units(0) && paid > Units(0) && fees >= Units(0));
  LedgerTransaction transaction{order, LedgerKind::kPost, 1, {}};
  Add(&transaction, HeldAccount(order), asset, -held);
  Add(&transaction, "fragment", asset, paid);
  Add(&transaction, "network_fees", asset, fees);
  Add(&transaction, WalletAccount(wallet_address), asset, held - paid - fees);
  return transaction;
}

LedgerTransaction Void(const OrderId& order, absl::string_view wallet_address, Asset asset,
                       Units held) {
  STARLIFT_CHECK(held > Units(0));
  LedgerTransaction transaction{order, LedgerKind::kVoid, 1, {}};
  Add(&transaction, HeldAccount(order), asset, -held);
  Add(&transaction, WalletAccount(wallet_address), asset, held);
  return transaction;
}

LedgerTransaction Fee(const OrderId& order, absl::string_view wallet_address, int32_t number,
                      Units fees) {
  STARLIFT_CHECK(fees > Units(0));
  LedgerTransaction transaction{order, LedgerKind::kFee, number, {}};
  Add(&transaction, WalletAccount(wallet_address), Asset::kTon, -fees);
  Add(&transaction, "network_fees", Asset::kTon, fees);
  return transaction;
}

bool Balanced(const LedgerTransaction& transaction) {
  std::map<Asset, Units> sums;
  for (const LedgerEntry& entry : transaction.entries) {
    if (entry.amount == Units(0)) return false;
    sums[entry.asset] += entry.amount;
  }
  for (const auto& [asset, sum] : sums) {
    if (sum != Units(0)) return false;
  }
  return !transaction.entries.empty();
}

}  // namespace starlift
