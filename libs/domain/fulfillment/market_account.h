#pragma once

#include <cstdint>

#include "domain/fulfillment/ports/marketplace.h"
#include "domain/order/order.h"

namespace starlift {

// The paying wallet as the marketplace wants to see it. The payer's key must be well-formed (the
// api made it from the seed).
MarketAccount AccountFor(const Payer& payer, int32_t network_global_id);

}  // namespace starlift
