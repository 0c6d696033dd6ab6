#pragma once

#include "absl/status/status.h"
#include "domain/payment/ports/chain.h"
#include "ton/cell.h"

namespace starlift::toncenter {

// Fills compute and action phase from a TransactionDescr cell. Fails for anything but trans_ord.
absl::Status ReadTransactionDescription(const ton::CellRef& cell, ChainTransaction* transaction);

// CurrencyCollection; extra currencies are skipped.
absl::StatusOr<uint64_t> ReadCurrencies(ton::CellReader& reader);

}  // namespace starlift::toncenter
