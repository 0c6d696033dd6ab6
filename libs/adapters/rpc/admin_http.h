#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "adapters/metrics/metrics.h"

namespace starlift::rpc {

// The whole answer, headers and all, to an HTTP/1.1 request head: GET or HEAD of /metrics
// (Prometheus text) or /healthz (200 "ok", or 503 "not serving"); anything else is 404, 405 or 400.
// The connection is closed after it.
std::string AdminHttpAnswer(absl::string_view request_head, const Metrics& metrics, bool serving);

}  // namespace starlift::rpc
