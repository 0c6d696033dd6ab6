#pragma once

#include <cstdint>

#include "ton/cell.h"

namespace starlift::sandbox {

// Exit codes that every contract can end with.
inline constexpr int32_t kCellUnderflow = 9;
inline constexpr int32_t kOutOfGas = -14;

// One run of a wallet's code.
struct ContractRun {
  bool accepted = false;   // external messages: the wallet pays for the run
  bool committed = false;  // external messages: the seqno was stored, whatever came after
  int32_t exit_code = 0;
  uint64_t gas_used = 0;
  ton::CellRef data;      // as it is from then on; null: as it was
  ton::CellRef out_list;  // the actions to run; null: none

  // A message that the code takes without doing anything.
  static ContractRun Idle(uint64_t gas_used) {
    ContractRun run;
    run.gas_used = gas_used;
    return run;
  }
  static ContractRun Refused(int32_t exit_code) {
    ContractRun run;
    run.exit_code = exit_code;
    return run;
  }
  // What was accepted, and committed, may still run out of gas: then it sends nothing.
  void EndOnGas(uint64_t gas_limit) {
    if (gas_used <= gas_limit) return;
    exit_code = kOutOfGas;
    gas_used = gas_limit;
    out_list = nullptr;
  }
};

}  // namespace starlift::sandbox
