#pragma once

#include <cstdint>
#include <optional>

#include "domain/fulfillment/ports/marketplace.h"
#include "domain/order/order.h"

namespace starlift {

// How many rows of a session's history are of the order's recipient and product. Two such counts,
// an earlier and a later one, differ by at most what was delivered in between; money rule 10 rests
// on that.
//
// It holds for a history that was cut off as well, as long as what is listed are the newest rows:
// new rows come on top and push old ones out, which makes the difference smaller and never larger.
// nullopt: the history was cut off and is not seen to be newest first, so that a row that shows up
// may be an old one.
std::optional<int32_t> RowsOf(const PurchaseHistory& history, const Order& order);

}  // namespace starlift
