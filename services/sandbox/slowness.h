#pragma once

#include <cstdint>

namespace starlift::sandbox {

// Milliseconds wasted before an answer.
struct Slowness {
  int64_t ms = 0;
  int count = 0;  // negative: until changed

  // What the next answer is to waste.
  int64_t Take() {
    if (count == 0) return 0;
    if (count > 0) --count;
    return ms;
  }
};

}  // namespace starlift::sandbox
