#include "sandbox/fees.h"

#include "absl/container/flat_hash_set.h"

namespace starlift::sandbox {

CellTotals CountCells(const std::vector<ton::CellRef>& roots) {
  CellTotals totals;
  absl::flat_hash_set<ton::Hash256> seen;
  std::vector<ton::CellRef> waiting = roots;
  while (!waiting.empty()) {
    const ton::CellRef cell = waiting.back();
    waiting.pop_back();
    if (!seen.insert(cell->hash()).second) continue;
    ++totals.cells;
    totals.bits += static_cast<uint64_t>(cell->bits());
    waiting.insert(waiting.end(), cell->refs().begin(), cell->refs().end());
  }
  return totals;
}

CellTotals CountBelow(const ton::CellRef& root) { return CountCells(root->refs()); }

uint64_t ForwardFee(const CellTotals& below) {
  return 400'000 + 400 * below.bits + 40'000 * below.cells;
}

uint64_t SenderShare(uint64_t forward_fee) { return forward_fee * 21845 >> 16; }

}  // namespace starlift::sandbox
