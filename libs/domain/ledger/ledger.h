#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/id.h"
#include "base/money.h"

namespace starlift {

// Double entry. Every unit that moves for an order is a transaction of entries that sum to zero; a
// transaction is never changed, only followed by another.
enum class LedgerKind { kHold, kPost, kVoid, kFee };
absl::string_view LedgerKindName(LedgerKind kind);  // "hold", "post", "void", "fee"

struct LedgerEntry {
  std::string account;  // "wallet:<raw address>", "held:<order>", "fragment", "network_fees", …
  Asset asset = Asset::kTon;
  Units amount;  // never 0; the sum over a transaction is 0 per asset
};

struct LedgerTransaction {
  OrderId order;
  LedgerKind kind = LedgerKind::kHold;
  int32_t number = 1;  // (order, kind, number) is unique: a hold is placed and resolved once
  std::vector<LedgerEntry> entries;
};

// Sets `amount` aside out of the payer's wallet for the order.
LedgerTransaction Hold(const OrderId& order, absl::string_view wallet_address, Asset asset,
                       Units amount);
// Resolves the hold: `paid` went to Fragment, `fees` to the network, the rest is free again. `paid`
// and `fees` are what the chain shows; the rest may be negative when fees ran above the reserve.
LedgerTransaction Post(const OrderId& order, absl::string_view wallet_address, Asset asset,
                       Units held, Units paid, Units fees);
// Resolves the hold: nothing was paid.
LedgerTransaction Void(const OrderId& order, absl::string_view wallet_address, Asset asset,
                       Units held);

// What the network took for attempt `number` that paid nobody. Independent of the hold; `fees` in
// nanoton.
LedgerTransaction Fee(const OrderId& order, absl::string_view wallet_address, int32_t number,
                      Units fees);

// True when the entries sum to zero per asset and none is zero. Stores check it before they write;
// the database checks it again.
bool Balanced(const LedgerTransaction& transaction);

}  // namespace starlift
