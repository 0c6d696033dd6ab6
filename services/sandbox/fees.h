#pragma once

#include <cstdint>
#include <vector>

#include "ton/cell.h"

namespace starlift::sandbox {

// Prices of the base chain as they were in autumn 2025, in nanoton.
inline constexpr uint64_t kGasPrice = 400;
inline constexpr uint64_t kGasLimit = 1'000'000;
inline constexpr uint64_t kGasCredit = 10'000;
// The fine for a skipped message, per cell beyond its root.
inline constexpr uint64_t kFinePerCell = 10'000;

struct CellTotals {
  uint64_t cells = 0;
  uint64_t bits = 0;
};

// Every distinct cell reachable from `roots`, these included.
CellTotals CountCells(const std::vector<ton::CellRef>& roots);
// The cells below a message's own: what forwarding and importing are charged for.
CellTotals CountBelow(const ton::CellRef& root);

// 400,000 + 400 a bit + 40,000 a cell.
uint64_t ForwardFee(const CellTotals& below);
// The third of a forward fee that the sending chain keeps.
uint64_t SenderShare(uint64_t forward_fee);

}  // namespace starlift::sandbox
