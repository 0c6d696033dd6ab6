#pragma once

#include <cstdint>
#include <cstring>

#include "base/random.h"

namespace starlift::simulation {

// A fast seeded generator (SplitMix64): the same seed gives the same run.
class Dice final : public Random {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 0x1234567) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  void Fill(absl::Span<uint8_t> bytes) override {
    for (size_t i = 0; i < bytes.size(); i += 8) {
      const uint64_t word = Next();
      std::memcpy(bytes.data() + i, &word, bytes.size() - i < 8 ? bytes.size() - i : 8);
    }
  }

  // Uniform in [0, bound), `bound` > 0.
  int Roll(int bound) {
    return static_cast<int>(((Next() >> 32) * static_cast<uint64_t>(bound)) >> 32);
  }
  // Uniform in [low, high].
  int Between(int low, int high) { return low + Roll(high - low + 1); }
  bool Percent(int percent) { return percent > 0 && Roll(100) < percent; }
  bool PerMille(int mille) { return mille > 0 && Roll(1000) < mille; }

 private:
  uint64_t state_;
};

}  // namespace starlift::simulation
