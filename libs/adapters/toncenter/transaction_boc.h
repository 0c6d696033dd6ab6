#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/payment/ports/chain.h"
#include "ton/cell.h"

namespace starlift::toncenter {

// A Transaction cell (block.tlb of the reference node) of an ordinary transaction. INVALID_ARGUMENT
// or OUT_OF_RANGE for anything else.
absl::StatusOr<ChainTransaction> ParseTransactionCell(const ton::CellRef& cell);

// v2 getTransactions, newest first. Everything is read from each row's `data`, the only place where
// version 2 shows the phases; its hash and lt must be those that the row claims.
absl::StatusOr<std::vector<ChainTransaction>> ParseV2Transactions(int http_status,
                                                                  absl::string_view body);

}  // namespace starlift::toncenter
