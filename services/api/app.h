#pragma once

#include "absl/status/status.h"
#include "adapters/config/api_config.h"

namespace starlift {

// Serves until SIGTERM or SIGINT, then ends in order: NOT_SERVING, a pause for the balancers, no
// new calls, the calls under way, the end.
absl::Status ServeApi(const ApiConfig& config);

}  // namespace starlift
