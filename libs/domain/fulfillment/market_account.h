#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "domain/order/order.h"

namespace starlift {

// The wallet as the marketplace wants to see it on a session that `session_wallet` is connected to
// (raw form; empty: the payer's own). The paying wallet as its own software shows it; or, when
// another wallet is connected, that one's address and nothing more: its key is not the payer's. The
// payer's key must be well-formed.
MarketAccount AccountFor(const Payer& payer, absl::string_view session_wallet,
                         int32_t network_global_id);

}  // namespace starlift
