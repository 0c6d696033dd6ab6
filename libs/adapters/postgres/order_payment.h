#pragma once

#include "absl/status/statusor.h"
#include "adapters/postgres/statement.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/order/ports/order_store.h"

namespace starlift::postgres {

// AWAITING_PAYMENT -> QUEUED with everything the payment brings: payer, session with its sealed
// cookies, sealed wallet key (all three empty for an order of `balance`), event, delivery, hold.
// One statement. False: the order does not await payment, or its time is over by the database's
// clock; nothing was written.
absl::StatusOr<bool> WritePayment(Transaction& tx, const EventRenderer& renderer,
                                  const OrderChange& queued, const SecuredPayment& payment);

}  // namespace starlift::postgres
