#pragma once

#include <vector>

#include "absl/types/span.h"
#include "adapters/postgres/pool.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/order/ports/order_store.h"

namespace starlift::postgres {

// OrderStore::Create: unpaid orders in one statement, however many there are; a payment inside adds
// one statement and makes it a transaction. A failure is the result of every order of the span.
std::vector<CreateResult> CreateOrders(Pool& pool, const EventRenderer& renderer,
                                       absl::Span<const NewOrder> orders);

}  // namespace starlift::postgres
