#pragma once

#include <cstdint>
#include <random>

#include "base/random.h"

namespace starlift {

// The same seed gives the same run.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  void Fill(absl::Span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(engine_());
  }
  // True in `percent` of 100 cases.
  bool Percent(uint32_t percent) { return Below(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace starlift
