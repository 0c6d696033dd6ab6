#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "adapters/postgres/order_change.h"
#include "adapters/postgres/statement.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/order/ports/order_store.h"

namespace starlift::postgres {

// Writes many changes, all or none: what WriteChange does for each, in a few statements whatever
// their number (one for the first move of every order, one for every order's second, …; an order
// that ends takes some of its own). Several moves of one order are in their sequence: `first`
// guards an order's first move, by its states and its wallet; each later one starts from where the
// move before it went. ABORTED CONCURRENT_REQUEST when one row is not as it must be; the caller
// then rolls the transaction back.
absl::Status WriteChanges(Transaction& tx, const EventRenderer& renderer,
                          absl::Span<const OrderChange> changes, const ChangeGuard& first);

}  // namespace starlift::postgres
