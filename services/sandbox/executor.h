#pragma once

#include <cstdint>
#include <optional>

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

// Runs an external message on the wallet that it is for, V5R1 or V4R2, each with its own order of
// checks (wallet_contract.h, wallet_v4_contract.h): then the seqno is stored, and only then the
// messages are looked at. `faults` are forced upon an execution that is accepted.
ExternalOutcome ExecuteExternal(const Account& before, const ton::CellRef& message, Moment moment,
                                const ExecutionFaults& faults = {});

// Installs a StateInit that belongs to the address: code and data. False when it does not.
bool Deploy(const ton::CellRef& state_init, Account* account);

// A transaction of `before` that was brought about by `message`, with nothing in it yet.
Transaction BeginTransaction(const Account& before, const ton::CellRef& message, Moment moment);

}  // namespace starlift::sandbox
