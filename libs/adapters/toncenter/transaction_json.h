#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/payment/ports/chain.h"

namespace starlift::toncenter {

// One row of version 3: transactionsByMessage, transactions, pendingTransactions.
struct TransactionRow {
  std::string account;   // raw form
  std::string finality;  // "pending", "confirmed", "finalized"; empty: not said
  // In a masterchain block, not emulated, and not called anything but finalized. Nothing else may
  // be taken for something that happened.
  bool final = false;
  ChainTransaction transaction;
};

// {"transactions":[…]} with HTTP status 200; an empty list is an answer. One malformed row makes
// the whole answer unreadable (CHAIN_UNAVAILABLE): a row that is left out could be the one that
// paid.
absl::StatusOr<std::vector<TransactionRow>> ParseTransactions(int http_status,
                                                              absl::string_view body);

}  // namespace starlift::toncenter
