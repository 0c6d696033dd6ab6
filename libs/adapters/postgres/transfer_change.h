#pragma once

#include <vector>

#include "absl/status/status.h"
#include "adapters/postgres/statement.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/payment/ports/lane_store.h"

namespace starlift::postgres {

// What LaneStore writes about transfers, each inside one transaction that first takes the lane's
// row under its fence (ABORTED CONCURRENT_REQUEST when the fence is old).

// The transfer, its payments, the orders' moves INVOICED -> PAYING. INTERNAL when the seqno is not
// the lane's next, or when a payment would be signed again although its dead forerunner may still
// be executed under another seqno or from another wallet.
absl::Status WriteTransfer(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                           const Transfer& transfer, const std::vector<OrderChange>& orders);

absl::Status WriteResolution(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                             const LaneResolution& resolution);

// The lane goes on at `next_seqno`. ABORTED also when that is behind where the lane stands: a
// provider that lags. Whoever adopts a higher one has accounted for the messages that used the
// seqnos before it.
absl::Status WriteAdoption(Transaction& tx, const Lane& lane, int64_t next_seqno, int64_t last_lt);

// ABORTED when somebody else took the lane since.
absl::Status HoldLane(Transaction& tx, const Lane& lane);

}  // namespace starlift::postgres
