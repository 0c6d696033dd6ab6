#include "sandbox/seeded_random.h"

#include <algorithm>
#include <cstring>

#include "ton/sha256.h"

namespace starlift::sandbox {

void SeededRandom::Fill(absl::Span<uint8_t> bytes) {
  while (!bytes.empty()) {
    uint8_t input[16];
    const uint64_t count = counter_++;
    std::memcpy(input, &seed_, sizeof(seed_));
    std::memcpy(input + sizeof(seed_), &count, sizeof(count));
    const ton::Hash256 block = ton::Sha256(input);
    const size_t taken = std::min(bytes.size(), block.size());
    std::copy_n(block.begin(), taken, bytes.begin());
    bytes.remove_prefix(taken);
  }
}

}  // namespace starlift::sandbox
