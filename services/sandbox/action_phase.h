#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sandbox/account.h"
#include "sandbox/transaction.h"
#include "ton/cell.h"

namespace starlift::sandbox {

// What a test may force upon an execution.
struct ExecutionFaults {
  std::optional<int> skip_action;  // this one counts as not affordable
  bool fail_action_phase = false;  // result 37: nothing is sent, the seqno stays unused
};

struct ActionOutcome {
  ActionPhase phase;
  std::vector<ton::CellRef> messages;
  uint64_t balance_nano = 0;  // after it
  bool destroy = false;       // mode 32 left the account empty
};

struct ActionContext {
  ton::Address account;
  uint64_t balance_nano = 0;  // after gas and import fee
  uint64_t inbound_nano = 0;  // what the message brought: internal ones only
  uint64_t gas_fees = 0;
  uint64_t lt = 0;  // of the transaction
  uint32_t utime = 0;
  ExecutionFaults faults;
};

// Runs a list of send actions (null: none) as the node does: with +2 what cannot be sent is
// skipped, without it the phase fails and nothing is sent.
ActionOutcome RunActions(const ton::CellRef& out_list, const ActionContext& context);

}  // namespace starlift::sandbox
