#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace starlift::ton {

// The head of a BoC, checked against the length of the file: after this every offset below is
// inside it, and `cells` is bounded by its size.
struct BocHeader {
  bool has_index = false;
  bool has_crc = false;
  bool has_cache_bits = false;
  bool has_root_list = false;  // the old magics know only one root, cell 0
  int ref_bytes = 0;
  int offset_bytes = 0;
  uint64_t cells = 0;
  uint64_t roots = 0;
  uint64_t data_size = 0;
  uint64_t roots_at = 0;
  uint64_t index_at = 0;
  uint64_t data_at = 0;
};

absl::StatusOr<BocHeader> ReadBocHeader(absl::Span<const uint8_t> file);

// Big-endian, `bytes` of it; the caller has checked that they are there.
uint64_t ReadBocNumber(absl::Span<const uint8_t> file, uint64_t at, int bytes);

}  // namespace starlift::ton
