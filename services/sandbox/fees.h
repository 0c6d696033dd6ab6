#pragma once

#include <cstdint>
#include <vector>

#include "ton/address.h"
#include "ton/cell.h"

namespace starlift::sandbox {

inline constexpr uint64_t kGasLimit = 1'000'000;
inline constexpr uint64_t kGasCredit = 10'000;

// What a workchain asks, in nanoton: the prices of autumn 2025.
struct Prices {
  uint64_t gas = 0;
  uint64_t least_gas = 0;  // gas is sold for no smaller amount
  uint64_t message = 0;
  uint64_t message_bit = 0;
  uint64_t message_cell = 0;
  uint64_t fine_per_cell = 0;  // of a skipped message, beyond its root
};
const Prices& PricesOf(int8_t workchain);

struct CellTotals {
  uint64_t cells = 0;
  uint64_t bits = 0;
};

// Every distinct cell reachable from `roots`, these included.
CellTotals CountCells(const std::vector<ton::CellRef>& roots);
// The cells below a message's own: what forwarding and importing are charged for.
CellTotals CountBelow(const ton::CellRef& root);

// What it costs to bring a message to or from an account of this chain.
uint64_t ForwardFee(const CellTotals& below, int8_t workchain);
// Between two accounts: the dearer chain's price.
uint64_t ForwardFee(const CellTotals& below, const ton::Address& from, const ton::Address& to);
// The third of a forward fee that the sending chain keeps.
uint64_t SenderShare(uint64_t forward_fee);

}  // namespace starlift::sandbox
