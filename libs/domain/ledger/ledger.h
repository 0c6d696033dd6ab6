#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/id.h"
#include "base/money.h"

namespace starlift {

// Double entry. Every unit that moves is a transaction of entries that sum to zero; a transaction
// is never changed, only followed by another.
enum class LedgerKind { kHold, kPost, kVoid, kFee, kCredit };
absl::string_view LedgerKindName(LedgerKind kind);  // "hold", "post", "void", "fee", "credit"

struct LedgerEntry {
  // "wallet:<raw address>", "credit:<tenant>", "held:<order>", "fragment", "network_fees",
  // "commission", "operator".
  std::string account;
  Asset asset = Asset::kTon;
  Units amount;  // never 0; the sum over a transaction is 0 per asset
};

struct LedgerTransaction {
  OrderId order;  // empty for kCredit
  LedgerKind kind = LedgerKind::kHold;
  int32_t number = 1;  // (order, kind, number) is unique: a hold is placed and resolved once
  std::vector<LedgerEntry> entries;
};

// What a payer spends from. A tenant's credit is never below zero: the database sees to it.
std::string WalletAccount(absl::string_view raw_address);
std::string CreditAccount(const TenantId& tenant);

// Sets `amount` aside out of `account` for the order.
LedgerTransaction Hold(const OrderId& order, absl::string_view account, Asset asset, Units amount);

// How a hold is posted. All amounts in the asset's smallest unit, as the chain shows them.
struct Posting {
  std::string account;  // where the hold came from; gets the rest
  // Bears what paid, fees and commission together are above the hold (prices of gas that rose): the
  // wallet that paid. For an order of a caller's wallet the same account.
  std::string bearer;
  Asset asset = Asset::kTon;
  Units held;
  Units paid;  // to Fragment
  Units fees;  // the order's share of what the network took
  Units commission;
};
// Resolves the hold.
LedgerTransaction Post(const OrderId& order, const Posting& posting);
// Resolves the hold: nothing was paid.
LedgerTransaction Void(const OrderId& order, absl::string_view account, Asset asset, Units held);

// What the network took of `wallet_address` for something that paid nobody: a skipped or failed
// payment of the order. Independent of the hold; `fees` in nanoton. The number is made of the
// chain's transaction, so that the same transaction is booked once.
LedgerTransaction Fee(const OrderId& order, absl::string_view wallet_address,
                      absl::string_view transaction_hash, Units fees);

// An operator's booking: `amount` (negative: taken back) of prepaid TON for the tenant.
LedgerTransaction Credit(const TenantId& tenant, Asset asset, Units amount);

// The share of slot `index` of `count` in `total`: the shares of all slots sum to it.
Units ShareOf(Units total, int64_t index, int64_t count);

// True when the entries sum to zero per asset and none is zero. Stores check it before they write;
// the database checks it again.
bool Balanced(const LedgerTransaction& transaction);

}  // namespace starlift
