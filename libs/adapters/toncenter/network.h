#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace starlift::toncenter {

// -239 (mainnet) or -3 (testnet): the networks whose beginning is known here.
bool IsKnownNetwork(int32_t network_global_id);

// v2 getMasterchainInfo: OK when `init`, the network's zerostate, is that of the wanted network.
// Its hashes are written in each network's global.config.json and fixed for ever, so that a
// provider of another network cannot be taken for one of ours: a V4R2 wallet has the same address
// on both, and a signature for one is good on the other. CHAIN_UNAVAILABLE otherwise; kind
// "configuration" when the answer names another network.
absl::Status CheckNetwork(int http_status, absl::string_view body, int32_t network_global_id);

}  // namespace starlift::toncenter
