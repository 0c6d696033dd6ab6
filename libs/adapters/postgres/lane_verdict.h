#pragma once

#include "absl/status/status.h"
#include "adapters/postgres/statement.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/payment/ports/lane_store.h"

namespace starlift::postgres {

// What LaneStore writes once the chain has spoken, each inside one transaction that first takes the
// lane's row under its fence (ABORTED CONCURRENT_REQUEST when the fence is old, or when the
// transfer has another verdict by now).

absl::Status WriteResolution(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                             const LaneResolution& resolution);

absl::Status WriteResurrection(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                               const LaneResurrection& resurrection);

// The lane goes on at `next_seqno`. ABORTED also when that is behind where the lane stands: a
// provider that lags. Whoever adopts a higher one has accounted for the messages that used the
// seqnos before it.
absl::Status WriteAdoption(Transaction& tx, const Lane& lane, int64_t next_seqno, int64_t last_lt);

}  // namespace starlift::postgres
