#pragma once

#include <vector>

#include "absl/status/status.h"
#include "adapters/postgres/statement.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/payment/ports/lane_store.h"

namespace starlift::postgres {

// Takes the lane's row for the rest of the transaction. ABORTED CONCURRENT_REQUEST when somebody
// else took the lane since.
absl::Status HoldLane(Transaction& tx, const Lane& lane);

// Under HoldLane: the transfer, its payments, the orders' moves INVOICED -> PAYING. INTERNAL when
// the seqno is not the lane's next, when a payment would be signed again although its dead
// forerunner may still be executed under another seqno or from another wallet, when one that the
// database lost may have been executed, and when an order that the house pays would be paid by
// another wallet.
absl::Status WriteTransfer(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                           const Transfer& transfer, const std::vector<OrderChange>& orders);

}  // namespace starlift::postgres
