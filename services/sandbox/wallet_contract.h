#pragma once

#include <cstdint>

#include "ton/cell.h"

namespace starlift::sandbox {

// One run of the W5 contract's code on an external body.
struct ContractRun {
  bool accepted = false;
  bool committed = false;  // the seqno was stored, whatever came after
  int32_t exit_code = 0;
  uint64_t gas_used = 0;
  ton::CellRef data;      // as committed
  ton::CellRef out_list;  // the actions to run; null: none
};

// `gas_limit` is what the balance can pay for.
ContractRun RunWalletV5(const ton::CellRef& data, const ton::CellRef& body, uint32_t now,
                        uint64_t gas_limit);

}  // namespace starlift::sandbox
