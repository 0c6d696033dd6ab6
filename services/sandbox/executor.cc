#include "sandbox/executor.h"

#include <algorithm>

#include "base/check.h"
#include "base/status_macros.h"
#include "sandbox/fees.h"
#include "sandbox/wallet_contract.h"
#include "sandbox/wallet_v4_contract.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

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
  ActionContext context;
  context.account = outcome->account.address;
  context.balance_nano = outcome->account.balance_nano;
  context.gas_fees = transaction.compute.gas_fees();
  context.lt = transaction.lt;
  context.utime = transaction.utime;
  context.faults = faults;
  ActionOutcome actions = RunActions(run.out_list, context);
  transaction.action = actions.phase;
  outcome->account.balance_nano = actions.balance_nano;
  transaction.total_fees += actions.phase.action_fees;
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

Transaction BeginTransaction(const Account& before, const ton::CellRef& message, Moment moment) {
  Transaction transaction;
  transaction.account = before.address;
  transaction.lt = moment.lt;
  transaction.utime = moment.utime;
  transaction.before = before.status;
  transaction.state_before = StateHash(before);
  transaction.in_message = message;
  return transaction;
}

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
  const uint64_t import_fee = ForwardFee(CountBelow(message), before.address.workchain);
  if (before.status == AccountStatus::kNonexistent || before.balance_nano < import_fee) {
    return Refuse(before, 0, /*before_execution=*/true);
  }
  const absl::StatusOr<Account> active = Activate(before, *parsed);
  const std::optional<WalletVersion> version = active.ok() ? VersionOf(*active) : std::nullopt;
  if (!version.has_value()) return Refuse(before, 0);
  const uint64_t gas_price = PricesOf(before.address.workchain).gas;
  const uint64_t affordable = (before.balance_nano - import_fee) / gas_price;
  const uint64_t gas_limit = std::min(affordable, kGasLimit);
  const auto contract = *version == WalletVersion::kV5R1 ? RunWalletV5 : RunWalletV4;
  const ContractRun run = contract(active->data, parsed->body, moment.utime, gas_limit);
  if (!run.accepted) return Refuse(before, run.exit_code);

  ExternalOutcome outcome;
  outcome.accepted = true;
  outcome.account = *active;
  outcome.transaction = BeginTransaction(before, message, moment);
  Transaction& transaction = outcome.transaction;
  transaction.external_in = true;
  transaction.in_normalized = *ton::NormalizedHash(parsed->destination, parsed->body);
  transaction.import_fee = import_fee;
  transaction.compute.gas_price = gas_price;
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

}  // namespace starlift::sandbox
