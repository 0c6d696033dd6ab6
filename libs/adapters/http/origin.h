#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace starlift::http {

// Where a URL leads: what a client is pinned to. The host is in lower case; "https" has port 443
// and "http" port 80 unless the URL says otherwise.
struct Origin {
  std::string scheme;
  std::string host;
  int port = 0;
  bool operator==(const Origin&) const = default;
};

// INVALID_ARGUMENT for anything but an absolute http or https URL without user name and password.
absl::StatusOr<Origin> OriginOf(absl::string_view url);

}  // namespace starlift::http
