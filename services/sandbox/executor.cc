#include "sandbox/executor.h"

#include <algorithm>

#include "base/check.h"
#include "base/status_macros.h"
#include "sandbox/out_message.h"
#include "sandbox/wallet_contract.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

// What any message to a wallet costs that asks nothing of it.
constexpr uint64_t kGasToReceive = 778;

Transaction Begin(const Account& before, const ton::CellRef& message, Moment moment) {
  Transaction transaction;
  transaction.account = before.address;
  transaction.lt = moment.lt;
  transaction.utime = moment.utime;
  transaction.before = before.status;
  transaction.state_before = StateHash(before);
  transaction.in_message = message;
  return transaction;
}

ExternalOutcome Refuse(const Account& before, int32_t exit_code, bool before_execution = false) {
  ExternalOutcome outcome;
  outcome.exit_code = exit_code;
  outcome.before_execution = before_execution;
  outcome.account = before;
  return outcome;
}

// The account whose code is to run: the given one, or the one that the message deploys.
absl::StatusOr<Account> Activate(const Account& before, const ton::ParsedExternal& message) {
  Account account = before;
  if (account.status == AccountStatus::kActive) return account;
  if (message.state_init == nullptr || !Deploy(message.state_init, &account)) {
    return absl::FailedPreconditionError("no state");
  }
  return account;
}

void RunActionPhase(const ContractRun& run, const ExecutionFaults& faults,
                    ExternalOutcome* outcome) {
  Transaction& transaction = outcome->transaction;
  const ActionContext context = {outcome->account.address, outcome->account.balance_nano,
                                 transaction.lt, transaction.utime, faults};
  ActionOutcome actions = RunActions(run.out_list, context);
  transaction.action = actions.phase;
  outcome->account.balance_nano = actions.balance_nano;
  transaction.total_fees += actions.phase.action_fees + actions.phase.fine;
  if (!actions.phase.success) {
    transaction.aborted = true;
    return;
  }
  outcome->account.data = run.data;
  transaction.out = std::move(actions.messages);
  if (actions.destroy) {
    transaction.destroyed = true;
    outcome->account.status = AccountStatus::kNonexistent;
    outcome->account.code = nullptr;
    outcome->account.data = nullptr;
  }
}

}  // namespace

bool Deploy(const ton::CellRef& state_init, Account* account) {
  const ton::Hash256& wanted =
      account->status == AccountStatus::kFrozen ? account->frozen_hash : account->address.hash;
  if (state_init->hash() != wanted) return false;
  ton::CellReader reader(state_init);
  if (!reader.Skip(2).ok()) return false;
  const absl::StatusOr<ton::CellRef> code = reader.MaybeRef();
  const absl::StatusOr<ton::CellRef> data = reader.MaybeRef();
  if (!code.ok() || !data.ok() || *code == nullptr || *data == nullptr) return false;
  account->status = AccountStatus::kActive;
  account->code = *code;
  account->data = *data;
  return true;
}

ExternalOutcome ExecuteExternal(const Account& before, const ton::CellRef& message, Moment moment,
                                const ExecutionFaults& faults) {
  const absl::StatusOr<ton::ParsedExternal> parsed = ton::ParseExternalMessage(message);
  if (!parsed.ok()) return Refuse(before, 0);
  const uint64_t import_fee = ForwardFee(CountBelow(message));
  if (before.status == AccountStatus::kNonexistent || before.balance_nano < import_fee) {
    return Refuse(before, 0, /*before_execution=*/true);
  }
  const absl::StatusOr<Account> active = Activate(before, *parsed);
  if (!active.ok() || !IsWalletV5(*active)) return Refuse(before, 0);
  const uint64_t affordable = (before.balance_nano - import_fee) / kGasPrice;
  const uint64_t gas_limit = std::min(affordable, kGasLimit);
  const ContractRun run = RunWalletV5(active->data, parsed->body, moment.utime, gas_limit);
  if (!run.accepted) return Refuse(before, run.exit_code);

  ExternalOutcome outcome;
  outcome.accepted = true;
  outcome.account = *active;
  outcome.transaction = Begin(before, message, moment);
  Transaction& transaction = outcome.transaction;
  transaction.external_in = true;
  transaction.in_normalized = *ton::NormalizedHash(parsed->destination, parsed->body);
  transaction.import_fee = import_fee;
  transaction.compute.success = run.committed;
  transaction.compute.gas_used = run.gas_used;
  transaction.compute.gas_credit = std::min(gas_limit, kGasCredit);
  transaction.compute.exit_code = run.exit_code;
  transaction.total_fees = import_fee + transaction.compute.gas_fees();
  outcome.account.balance_nano -= transaction.total_fees;
  RunActionPhase(run, faults, &outcome);
  transaction.after = outcome.account.status;
  STARLIFT_CHECK(SealTransaction(&transaction, &outcome.account).ok());
  return outcome;
}

namespace {

// The bounced copy of a message: the amount less the fee, and the first 256 bits of its body.
absl::StatusOr<SentMessage> Bounce(const ton::ParsedInternal& message, Moment moment,
                                   uint64_t* value) {
  DraftMessage draft;
  draft.message.bounced = true;
  ton::CellBuilder body;
  body.Uint(0xffffffff, 32);
  body.Bits(message.body->data(), std::min(message.body->bits(), 256));
  ASSIGN_OR_RETURN(draft.message.body, body.Build());
  const uint64_t fee = ForwardFee({});
  if (*value < fee) return absl::FailedPreconditionError("too little to bounce");
  *value -= fee;
  Filled filled;
  filled.source = message.destination;
  filled.destination = message.source;
  filled.value = *value;
  filled.created_lt = moment.lt + 1;
  filled.created_at = moment.utime;
  return FillMessage(draft, filled);
}

void TryBounce(const ton::ParsedInternal& message, Moment moment, InternalOutcome* outcome) {
  uint64_t value = message.amount_nano;
  const absl::StatusOr<SentMessage> bounced = Bounce(message, moment, &value);
  if (!bounced.ok()) return;
  BouncePhase phase;
  phase.message_fees = bounced->sender_share;
  phase.forward_fees = bounced->forward_fee - bounced->sender_share;
  outcome->transaction.bounce = phase;
  outcome->transaction.out = {bounced->cell};
  outcome->transaction.total_fees += bounced->sender_share;
  outcome->account.balance_nano -= message.amount_nano;
}

// Code runs for every message to an active account, also for one that asks nothing of it.
void RunReceiver(const ton::ParsedInternal& message, InternalOutcome* outcome) {
  Transaction& transaction = outcome->transaction;
  if (message.amount_nano < kGasToReceive * kGasPrice) {
    transaction.compute.skipped = SkipReason::kNoGas;
    transaction.aborted = true;
    return;
  }
  transaction.compute.success = true;
  transaction.compute.gas_used = kGasToReceive;
  transaction.compute.gas_limit = std::min(message.amount_nano / kGasPrice, kGasLimit);
  transaction.total_fees = transaction.compute.gas_fees();
  outcome->account.balance_nano -= transaction.total_fees;
  transaction.action = RunActions(nullptr, {}).phase;
}

}  // namespace

absl::StatusOr<InternalOutcome> ReceiveInternal(const Account& before, const ton::CellRef& message,
                                                Moment moment) {
  ASSIGN_OR_RETURN(const ton::ParsedInternal parsed, ton::ParseInternalMessage(message));
  InternalOutcome outcome;
  outcome.account = before;
  outcome.transaction = Begin(before, message, moment);
  outcome.transaction.credit = parsed.amount_nano;
  outcome.transaction.credit_first = !parsed.bounce;
  outcome.account.balance_nano += parsed.amount_nano;
  if (outcome.account.status == AccountStatus::kUninitialized ||
      outcome.account.status == AccountStatus::kNonexistent) {
    outcome.account.status = AccountStatus::kUninitialized;
    if (parsed.state_init != nullptr && Deploy(parsed.state_init, &outcome.account)) {
      outcome.transaction.compute.activated = true;
      outcome.transaction.compute.state_from_message = true;
    }
  }
  if (outcome.account.status == AccountStatus::kActive) {
    RunReceiver(parsed, &outcome);
  } else {
    const bool frozen = outcome.account.status == AccountStatus::kFrozen;
    outcome.transaction.compute.skipped = frozen ? SkipReason::kBadState : SkipReason::kNoState;
    outcome.transaction.aborted = true;
    if (parsed.bounce && !parsed.bounced) TryBounce(parsed, moment, &outcome);
  }
  if (outcome.account.balance_nano == 0 &&
      outcome.account.status == AccountStatus::kUninitialized) {
    outcome.account.status = AccountStatus::kNonexistent;
  }
  outcome.transaction.after = outcome.account.status;
  RETURN_IF_ERROR(SealTransaction(&outcome.transaction, &outcome.account));
  return outcome;
}

}  // namespace starlift::sandbox
