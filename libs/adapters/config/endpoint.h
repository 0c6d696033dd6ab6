#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace starlift {

// "host:port" taken apart; an IPv6 address stands in brackets.
struct Endpoint {
  std::string host;
  uint16_t port = 0;  // 0 is allowed: the system picks one
};
absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view text);

// 127.0.0.0/8, ::1 or "localhost": nothing that is said there leaves the machine.
bool IsLoopback(absl::string_view host);
// Four decimal numbers, or an IPv6 address.
bool IsIpAddress(absl::string_view host);

}  // namespace starlift
