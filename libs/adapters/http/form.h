#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace starlift::http {

// Everything but the unreserved characters of RFC 3986 as %XX.
std::string PercentEncode(absl::string_view text);

// name=value&name=value: a query string, or a body of type application/x-www-form-urlencoded.
std::string EncodeForm(absl::Span<const std::pair<std::string, std::string>> fields);

}  // namespace starlift::http
