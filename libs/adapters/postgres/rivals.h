#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/postgres/pool.h"
#include "adapters/postgres/statement.h"
#include "domain/fulfillment/ports/purchase_store.h"

namespace starlift::postgres {

// Whose delivery is whose, among orders of one house account with the same recipient and product.
//
// "After this order's baseline was taken" is told without a clock: the rivals that were DELIVERED
// are counted when the order's conversation begins (NoteDelivered), the count is kept with the
// invoice that the conversation brings (KeepDelivered), and what is counted above it later came
// since.

// The order has a place, whose session's row is locked.
void NoteDelivered(Transaction& tx, absl::string_view order);
// The invoice was just written.
void KeepDelivered(Transaction& tx, const Invoice& invoice);
absl::StatusOr<HistoryRivals> CountRivals(Pool& pool, const OrderId& order);

}  // namespace starlift::postgres
