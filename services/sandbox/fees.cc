#include "sandbox/fees.h"

#include "absl/container/flat_hash_set.h"

namespace starlift::sandbox {
namespace {

constexpr int8_t kMasterchain = -1;

}  // namespace

const Prices& PricesOf(int8_t workchain) {
  static constexpr Prices kBase = {400, 40'000, 400'000, 400, 40'000, 10'000};
  static constexpr Prices kMaster = {10'000, 1'000'000, 10'000'000, 10'000, 1'000'000, 250'000};
  return workchain == kMasterchain ? kMaster : kBase;
}

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

uint64_t ForwardFee(const CellTotals& below, int8_t workchain) {
  const Prices& prices = PricesOf(workchain);
  return prices.message + prices.message_bit * below.bits + prices.message_cell * below.cells;
}

uint64_t ForwardFee(const CellTotals& below, const ton::Address& from, const ton::Address& to) {
  const bool master = from.workchain == kMasterchain || to.workchain == kMasterchain;
  return ForwardFee(below, master ? kMasterchain : from.workchain);
}

uint64_t SenderShare(uint64_t forward_fee) { return forward_fee * 21845 >> 16; }

}  // namespace starlift::sandbox
