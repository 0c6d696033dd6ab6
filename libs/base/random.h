#pragma once

#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace starlift {

// Randomness, passed in. The system's is cryptographically strong; a test's may be seeded.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(absl::Span<uint8_t> bytes) = 0;
  // Uniform in [0, bound). `bound` must be positive.
  uint32_t Below(uint32_t bound);
};

// libsodium's generator. Safe to use from several threads.
class SystemRandom final : public Random {
 public:
  void Fill(absl::Span<uint8_t> bytes) override;
};

}  // namespace starlift
