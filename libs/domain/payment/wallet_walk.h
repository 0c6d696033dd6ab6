#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/chain.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/ports/lane_store.h"

namespace starlift {

// What a wallet did since the last transaction that its lane accounted for.
struct WalletWalk {
  int64_t until_lt = 0;  // everything up to here was looked at
  bool whole = false;    // and it is the account's newest transaction
  int64_t seqnos = 0;    // how many of the wallet's seqnos these transactions can have used
  // kNone, or why nothing may be signed before a person looked: PAYMENT_WITHOUT_RECORD (a house
  // wallet's message without a row, or any message that paid an invoice of ours without one),
  // PAYMENT_RETURNED (a payee sent a payment back).
  Reason trouble = Reason::kNone;
  std::string transaction_hash;  // of the trouble
  std::vector<OrderId> orders;   // whose invoices were paid without a record
};

// Reads the wallet's transactions after lane.last_lt from `chain`, the provider that gave
// `account`. Messages that have a transfer row, or are known lost ones, explain themselves.
// nullopt: the history could not be read, or has a gap. At most 1,000 transactions a call: `whole`
// says whether there are more.
absl::StatusOr<std::optional<WalletWalk>> WalkWallet(const Lane& lane, const AccountState& account,
                                                     Chain& chain, LaneStore& lanes, EraStore& eras,
                                                     const PaymentRules& rules);

}  // namespace starlift
