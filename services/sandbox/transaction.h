#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "sandbox/account.h"
#include "sandbox/fees.h"
#include "ton/cell.h"

namespace starlift::sandbox {

enum class SkipReason { kNoState, kBadState, kNoGas };

struct ComputePhase {
  std::optional<SkipReason> skipped;
  bool success = false;
  bool state_from_message = false;
  bool activated = false;
  uint64_t gas_used = 0;
  uint64_t gas_limit = 0;
  uint64_t gas_price = 0;              // nanoton
  std::optional<uint64_t> gas_credit;  // external messages only
  int32_t exit_code = 0;
  int32_t exit_argument = 0;  // of a failed run that ran out of gas: what it would have needed
  uint64_t gas_fees() const { return gas_used * gas_price; }
};

struct ActionPhase {
  bool success = true;
  bool valid = true;
  bool no_funds = false;
  int32_t result_code = 0;
  int result_argument = 0;  // of a failed phase: the action that failed it, counted from 0
  int total_actions = 0;
  int skipped_actions = 0;
  int messages_created = 0;
  uint64_t forward_fees = 0;
  uint64_t action_fees = 0;  // the senders' shares and the fines
  uint64_t fine = 0;
  ton::Hash256 list_hash{};
  CellTotals message_size;
};

struct BouncePhase {
  bool without_funds = false;  // too little was left to send anything back
  uint64_t wanted_fees = 0;    // … for which it would have needed this
  CellTotals message_size;
  uint64_t message_fees = 0;
  uint64_t forward_fees = 0;
};

// One transaction, in the words of the chain's own schema.
struct Transaction {
  ton::Address account;
  uint64_t lt = 0;
  uint64_t previous_lt = 0;
  ton::Hash256 previous_hash{};
  uint32_t utime = 0;
  AccountStatus before = AccountStatus::kNonexistent;
  AccountStatus after = AccountStatus::kNonexistent;
  ton::Hash256 state_before{};
  ton::Hash256 state_after{};
  ton::CellRef in_message;
  bool external_in = false;
  ton::Hash256 in_normalized{};  // external-in only
  std::vector<ton::CellRef> out;
  uint64_t total_fees = 0;
  uint64_t import_fee = 0;
  bool credit_first = true;  // an internal message that may bounce is credited after storage fees
  std::optional<uint64_t> credit;  // internal messages only
  ComputePhase compute;
  std::optional<ActionPhase> action;
  std::optional<BouncePhase> bounce;
  bool aborted = false;
  bool destroyed = false;
  // Filled in by SealTransaction and by the chain.
  ton::CellRef cell;
  ton::Hash256 hash{};
  uint32_t block_seqno = 0;
  int64_t machine_ms = 0;  // when the block was made, by this machine's clock
};

// Builds the Transaction cell and its hash, and hangs it behind the account's previous one:
// `account` is moved on to it.
absl::Status SealTransaction(Transaction* transaction, Account* account);

}  // namespace starlift::sandbox
