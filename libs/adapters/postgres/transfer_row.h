#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/postgres/statement.h"
#include "domain/payment/transfer.h"

namespace starlift::postgres {

// "{transfer}" and "{invoice}" in a statement: what the two functions below read, in their order.
inline constexpr absl::string_view kTransferColumns =
    "transfers.id, transfers.number, transfers.wallet, transfers.seqno, transfers.valid_until, "
    "transfers.boc, transfers.message_hash, transfers.normalized_hash, transfers.start_lt, "
    "transfers.verdict, "
    "transfers.provisional, transfers.created_at, transfers.sent_at, transfers.unknown_since, "
    "transfers.sends";
inline constexpr absl::string_view kInvoiceColumns =
    "invoices.order_id, invoices.fragment_request_id, invoices.payee, invoices.amount, "
    "invoices.payload_boc, invoices.payload_hash, invoices.sender, invoices.valid_until, "
    "invoices.foreign_payer, invoices.confirm_method, invoices.confirm_params, "
    "invoices.state_was_not_done, invoices.history_baseline";

// Without its payments.
Transfer TransferFromRow(RowReader& row);
Invoice InvoiceFromRow(RowReader& row);
// All payments of the transfer, by slot.
std::vector<Payment> ReadPayments(Transaction& tx, const TransferId& id);

// A JSON array of [name, value].
std::string ConfirmParamsText(const std::vector<std::pair<std::string, std::string>>& params);

}  // namespace starlift::postgres
