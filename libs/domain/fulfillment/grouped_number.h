#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace starlift {

// Takes the leading number off a text as the marketplace writes numbers: group separators (comma,
// space, no-break or thin space, apostrophe, dot) between digits are ignored. -1: no number, or one
// that does not fit.
int64_t TakeGroupedNumber(absl::string_view* text);

}  // namespace starlift
