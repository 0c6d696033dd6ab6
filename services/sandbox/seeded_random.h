#pragma once

#include <cstdint>

#include "base/random.h"

namespace starlift::sandbox {

// The same bytes in every run: SHA-256 of the seed and a counter. For tests that want to see a
// failure again; never for a key that guards anything.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : seed_(seed) {}
  void Fill(absl::Span<uint8_t> bytes) override;

 private:
  uint64_t seed_;
  uint64_t counter_ = 0;
};

}  // namespace starlift::sandbox
