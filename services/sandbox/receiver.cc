#include "sandbox/receiver.h"

#include <algorithm>

#include "base/status_macros.h"
#include "sandbox/action_phase.h"
#include "sandbox/contract_run.h"
#include "sandbox/out_message.h"
#include "sandbox/wallet_contract.h"
#include "sandbox/wallet_v4_contract.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

constexpr uint64_t kGasOfOthers = 778;
constexpr int32_t kThrown = 65535;  // by a contract that is made to send a message back

// Code runs for every message to an active account, also for one that asks nothing of it.
ContractRun RunCode(const Account& account, const ton::ParsedInternal& message, uint32_t now) {
  const std::optional<WalletVersion> version = VersionOf(account);
  if (!version.has_value()) return ContractRun::Idle(kGasOfOthers);
  return *version == WalletVersion::kV5R1 ? ReceiveWalletV5(account.data, message.body, now)
                                          : ReceiveWalletV4(message.body, message.bounced);
}

// The bounced copy of a message: the amount less what it cost so far, and the first 256 bits of its
// body.
absl::StatusOr<SentMessage> Bounce(const ton::ParsedInternal& message, Moment moment,
                                   uint64_t value) {
  DraftMessage draft;
  draft.message.bounced = true;
  ton::CellBuilder body;
  body.Uint(0xffffffff, 32);
  body.Bits(message.body->data(), std::min(message.body->bits(), 256));
  ASSIGN_OR_RETURN(draft.message.body, body.Build());
  const uint64_t fee = ForwardFee({}, message.destination, message.source);
  if (value < fee) return absl::FailedPreconditionError("too little to bounce");
  Filled filled;
  filled.source = message.destination;
  filled.destination = message.source;
  filled.value = value - fee;
  filled.created_lt = moment.lt + 1;
  filled.created_at = moment.utime;
  return FillMessage(draft, filled);
}

void TryBounce(const ton::ParsedInternal& message, Moment moment, InternalOutcome* outcome) {
  const uint64_t value = message.amount_nano - outcome->transaction.compute.gas_fees();
  const absl::StatusOr<SentMessage> bounced = Bounce(message, moment, value);
  BouncePhase phase;
  phase.without_funds = !bounced.ok();
  phase.wanted_fees = ForwardFee({}, message.destination, message.source);
  if (bounced.ok()) {
    phase.message_fees = bounced->sender_share;
    phase.forward_fees = bounced->forward_fee - bounced->sender_share;
    outcome->transaction.out = {bounced->cell};
    outcome->transaction.total_fees += bounced->sender_share;
    outcome->account.balance_nano -= value;
  }
  outcome->transaction.bounce = phase;
}

void RunActionPhase(const ContractRun& run, InternalOutcome* outcome) {
  Account& account = outcome->account;
  Transaction& transaction = outcome->transaction;
  ActionContext context;
  context.account = account.address;
  context.balance_nano = account.balance_nano;
  context.inbound_nano = transaction.credit.value_or(0);
  context.gas_fees = transaction.compute.gas_fees();
  context.lt = transaction.lt;
  context.utime = transaction.utime;
  ActionOutcome actions = RunActions(run.out_list, context);
  transaction.action = actions.phase;
  transaction.total_fees += actions.phase.action_fees;
  account.balance_nano = actions.balance_nano;
  transaction.aborted = !actions.phase.success;
  if (transaction.aborted) return;
  if (run.data != nullptr) account.data = run.data;
  transaction.out = std::move(actions.messages);
}

void RunReceiver(const ton::ParsedInternal& message, Reception reception,
                 InternalOutcome* outcome) {
  Transaction& transaction = outcome->transaction;
  ComputePhase& compute = transaction.compute;
  const Prices& prices = PricesOf(outcome->account.address.workchain);
  if (message.amount_nano < prices.least_gas) {
    compute.skipped = SkipReason::kNoGas;
    return;
  }
  const ContractRun run = RunCode(outcome->account, message, transaction.utime);
  compute.gas_price = prices.gas;
  compute.gas_limit = std::min(message.amount_nano / prices.gas, kGasLimit);
  compute.gas_used = std::min(run.gas_used, compute.gas_limit);
  compute.exit_code = reception == Reception::kSendBack ? kThrown : run.exit_code;
  if (run.gas_used > compute.gas_limit) {
    compute.exit_code = kOutOfGas;
    compute.exit_argument = static_cast<int32_t>(run.gas_used);
  }
  compute.success = compute.exit_code == 0;
  transaction.total_fees = compute.gas_fees();
  outcome->account.balance_nano -= compute.gas_fees();
  if (compute.success) RunActionPhase(run, outcome);
}

// An account without code is made active by the StateInit that belongs to it.
void Activate(const ton::ParsedInternal& message, InternalOutcome* outcome) {
  Account& account = outcome->account;
  if (account.status != AccountStatus::kUninitialized &&
      account.status != AccountStatus::kNonexistent) {
    return;
  }
  account.status = AccountStatus::kUninitialized;
  if (message.state_init == nullptr || !Deploy(message.state_init, &account)) return;
  outcome->transaction.compute.activated = true;
  outcome->transaction.compute.state_from_message = true;
}

}  // namespace

absl::StatusOr<InternalOutcome> ReceiveInternal(const Account& before, const ton::CellRef& message,
                                                Moment moment, Reception reception) {
  ASSIGN_OR_RETURN(const ton::ParsedInternal parsed, ton::ParseInternalMessage(message));
  InternalOutcome outcome;
  outcome.account = before;
  Transaction& transaction = outcome.transaction;
  transaction = BeginTransaction(before, message, moment);
  transaction.credit = parsed.amount_nano;
  transaction.credit_first = !parsed.bounce;
  outcome.account.balance_nano += parsed.amount_nano;
  Activate(parsed, &outcome);
  if (outcome.account.status == AccountStatus::kActive) {
    RunReceiver(parsed, reception, &outcome);
  } else {
    const bool frozen = outcome.account.status == AccountStatus::kFrozen;
    transaction.compute.skipped = frozen ? SkipReason::kBadState : SkipReason::kNoState;
  }
  const bool failed = !transaction.compute.success;
  transaction.aborted = transaction.aborted || failed;
  const bool returns = parsed.bounce || reception == Reception::kSendBack;
  if (failed && returns && !parsed.bounced) TryBounce(parsed, moment, &outcome);
  if (outcome.account.balance_nano == 0 &&
      outcome.account.status == AccountStatus::kUninitialized) {
    outcome.account.status = AccountStatus::kNonexistent;
  }
  transaction.after = outcome.account.status;
  RETURN_IF_ERROR(SealTransaction(&transaction, &outcome.account));
  return outcome;
}

}  // namespace starlift::sandbox
