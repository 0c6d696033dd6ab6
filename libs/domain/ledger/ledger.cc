#include "domain/ledger/ledger.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift {
namespace {

std::string HeldAccount(const OrderId& order) { return absl::StrCat("held:", order.value()); }

// Any number that the same hash always gives.
int32_t NumberOf(absl::string_view transaction_hash) {
  uint32_t number = 2166136261u;
  for (const char c : transaction_hash) number = (number ^ static_cast<uint8_t>(c)) * 16777619u;
  return static_cast<int32_t>(number % 0x7ffffffe) + 1;
}

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
    case LedgerKind::kCredit:
      return "credit";
  }
  return "";
}

std::string WalletAccount(absl::string_view raw_address) {
  return absl::StrCat("wallet:", raw_address);
}

std::string CreditAccount(const TenantId& tenant) {
  return absl::StrCat("credit:", tenant.value());
}

LedgerTransaction Hold(const OrderId& order, absl::string_view account, Asset asset, Units amount) {
  STARLIFT_CHECK(amount > Units(0));
  LedgerTransaction transaction{order, LedgerKind::kHold, 1, {}};
  Add(&transaction, std::string(account), asset, -amount);
  Add(&transaction, HeldAccount(order), asset, amount);
  return transaction;
}

LedgerTransaction Post(const OrderId& order, const Posting& posting) {
  STARLIFT_CHECK(posting.held > Units(0) && posting.paid > Units(0));
  STARLIFT_CHECK(posting.fees >= Units(0) && posting.commission >= Units(0));
  LedgerTransaction transaction{order, LedgerKind::kPost, 1, {}};
  Add(&transaction, HeldAccount(order), posting.asset, -posting.held);
  Add(&transaction, "fragment", posting.asset, posting.paid);
  Add(&transaction, "network_fees", posting.asset, posting.fees);
  Add(&transaction, "commission", posting.asset, posting.commission);
  const Units rest = posting.held - posting.paid - posting.fees - posting.commission;
  Add(&transaction, rest >= Units(0) ? posting.account : posting.bearer, posting.asset, rest);
  return transaction;
}

LedgerTransaction Void(const OrderId& order, absl::string_view account, Asset asset, Units held) {
  STARLIFT_CHECK(held > Units(0));
  LedgerTransaction transaction{order, LedgerKind::kVoid, 1, {}};
  Add(&transaction, HeldAccount(order), asset, -held);
  Add(&transaction, std::string(account), asset, held);
  return transaction;
}

LedgerTransaction Fee(const OrderId& order, absl::string_view wallet_address,
                      absl::string_view transaction_hash, Units fees) {
  STARLIFT_CHECK(fees > Units(0));
  LedgerTransaction transaction{order, LedgerKind::kFee, NumberOf(transaction_hash), {}};
  Add(&transaction, WalletAccount(wallet_address), Asset::kTon, -fees);
  Add(&transaction, "network_fees", Asset::kTon, fees);
  return transaction;
}

LedgerTransaction Credit(const TenantId& tenant, Asset asset, Units amount) {
  LedgerTransaction transaction{OrderId(), LedgerKind::kCredit, 1, {}};
  Add(&transaction, "operator", asset, -amount);
  Add(&transaction, CreditAccount(tenant), asset, amount);
  return transaction;
}

Units ShareOf(Units total, int64_t index, int64_t count) {
  const auto until = [&](int64_t slots) {
    return static_cast<int64_t>(static_cast<__int128>(total.value()) * slots / count);
  };
  return Units(until(index + 1) - until(index));
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
