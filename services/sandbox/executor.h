#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "sandbox/account.h"
#include "sandbox/action_phase.h"
#include "sandbox/transaction.h"
#include "ton/cell.h"

namespace starlift::sandbox {

// When and where in the chain something is executed.
struct Moment {
  uint32_t utime = 0;  // of the block
  uint64_t lt = 0;     // of the transaction
};

// What became of an external message. A refused one leaves no trace on the chain.
struct ExternalOutcome {
  bool accepted = false;
  bool before_execution = false;  // refused because the import fee could not be paid
  int32_t exit_code = 0;          // why it was refused
  Account account;                // after it; as before when refused
  Transaction transaction;        // only when accepted
};

// Runs an external message on a W5 wallet in the order of checks of the contract: opcode (138),
// signature (135), signature allowed (132), seqno (133), wallet id (134), valid_until (136); then
// the seqno is stored, and only then the actions are looked at (137, 147).
ExternalOutcome ExecuteExternal(const Account& before, const ton::CellRef& message, Moment moment,
                                const ExecutionFaults& faults = {});

struct InternalOutcome {
  Account account;
  Transaction transaction;  // its `out` holds the bounce, if there is one
};
// Credits an internal message that has left its sender.
absl::StatusOr<InternalOutcome> ReceiveInternal(const Account& before, const ton::CellRef& message,
                                                Moment moment);

// Installs a StateInit that belongs to the address: code and data. False when it does not.
bool Deploy(const ton::CellRef& state_init, Account* account);

}  // namespace starlift::sandbox
