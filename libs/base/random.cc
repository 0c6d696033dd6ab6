#include "base/random.h"

#include <sodium.h>

#include "base/check.h"

namespace starlift {

uint32_t Random::Below(uint32_t bound) {
  STARLIFT_CHECK(bound > 0);
  uint64_t wide = 0;
  Fill({reinterpret_cast<uint8_t*>(&wide), sizeof(wide)});
  return static_cast<uint32_t>(wide % bound);  // the bias is below bound / 2^64
}

void SystemRandom::Fill(absl::Span<uint8_t> bytes) {
  STARLIFT_CHECK(sodium_init() >= 0);
  randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace starlift
