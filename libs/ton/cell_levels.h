#pragma once

#include <array>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ton/cell.h"

namespace starlift::ton {

// The hashes and depths of a cell as seen from each level. Without pruned branches below it a cell
// has mask 0 and looks the same from all of them.
struct CellLevels {
  static constexpr int kMaxLevel = 3;
  int mask = 0;
  std::array<Hash256, kMaxLevel + 1> hashes{};
  std::array<int, kMaxLevel + 1> depths{};

  int level() const;  // the highest with a bit in the mask
};

// What a cell is made of, before it is one. `data` is zero-filled after the last bit.
struct CellContent {
  absl::Span<const uint8_t> data;
  int bits = 0;
  absl::Span<const CellRef> refs;
  bool exotic = false;
};

// Applies the reference node's rules (crypto/vm/cells/DataCell.cpp) and computes.
absl::StatusOr<CellLevels> ComputeLevels(const CellContent& content);

}  // namespace starlift::ton
