#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "adapters/postgres/statement.h"
#include "domain/order/order.h"

namespace starlift::postgres {

// The columns that OrderFromRow reads, in its order: "{order}" in a statement.
inline constexpr absl::string_view kOrderColumns =
    "orders.id, orders.tenant_id, orders.request_id, orders.product, orders.quantity, "
    "orders.months, orders.recipient, orders.funding, orders.session_kind, orders.asset, "
    "orders.cost, orders.commission, orders.commission_bps, orders.network_reserve, orders.total, "
    "orders.max_total, orders.tolerance_bps, orders.quoted_at, orders.quote_valid_until, "
    "orders.wallet_address, orders.wallet_version, orders.wallet_public_key, orders.session_id, "
    "orders.state, orders.reason, orders.reason_message, orders.reason_metadata, "
    "orders.normalized_hash, orders.transaction_hash, orders.transaction_lt, orders.paid_amount, "
    "orders.evidence, orders.sequence, orders.callback_url, orders.traceparent, "
    "orders.invoice_attempts, orders.payment_attempts, orders.created_at, orders.updated_at, "
    "orders.expires_at, orders.execute_by, orders.queued_at, orders.paid_at, orders.ended_at";

// The one place where a row becomes an Order.
Order OrderFromRow(RowReader& row);

// `order` as the database keeps it: times in whole microseconds.
Order AsStored(Order order);

// A reason's metadata, as the column `reason_metadata` holds it.
std::string MetadataText(const ErrorMetadata& metadata);

}  // namespace starlift::postgres
