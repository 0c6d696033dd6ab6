#include "sandbox/transaction.h"

#include "base/status_macros.h"
#include "sandbox/dictionary.h"

namespace starlift::sandbox {
namespace {

uint64_t StatusBits(AccountStatus status) {
  switch (status) {
    case AccountStatus::kUninitialized:
      return 0b00;
    case AccountStatus::kFrozen:
      return 0b01;
    case AccountStatus::kActive:
      return 0b10;
    case AccountStatus::kNonexistent:
      return 0b11;
  }
  return 0b11;
}

// VarUInteger of at most `most` - 1 bytes.
void PutVar(uint64_t value, int length_bits, ton::CellBuilder* builder) {
  int bytes = 0;
  while (bytes < 8 && value >> (8 * bytes) != 0) ++bytes;
  builder->Uint(static_cast<uint64_t>(bytes), length_bits).Uint(value, 8 * bytes);
}

void PutMaybeCoins(uint64_t value, ton::CellBuilder* builder) {
  builder->Bit(value != 0);
  if (value != 0) builder->Coins(value);
}

absl::StatusOr<ton::CellRef> ComputeDetails(const ComputePhase& compute) {
  ton::CellBuilder builder;
  PutVar(compute.gas_used, 3, &builder);
  PutVar(compute.gas_limit, 3, &builder);
  builder.Bit(compute.gas_credit.has_value());
  if (compute.gas_credit.has_value()) PutVar(*compute.gas_credit, 2, &builder);
  builder.Int(0, 8).Int(compute.exit_code, 32).Bit(compute.exit_argument != 0);
  if (compute.exit_argument != 0) builder.Int(compute.exit_argument, 32);
  builder.Uint(compute.gas_used / 34, 32);  // steps: nobody counts them here
  for (int i = 0; i < 8; ++i) builder.Uint(0, 64);
  return builder.Build();
}

absl::Status PutCompute(const ComputePhase& compute, ton::CellBuilder* builder) {
  if (compute.skipped.has_value()) {
    builder->Bit(false).Uint(static_cast<uint64_t>(*compute.skipped), 2);
    return absl::OkStatus();
  }
  builder->Bit(true).Bit(compute.success).Bit(compute.state_from_message).Bit(compute.activated);
  builder->Coins(compute.gas_fees());
  ASSIGN_OR_RETURN(ton::CellRef details, ComputeDetails(compute));
  builder->Ref(std::move(details));
  return absl::OkStatus();
}

absl::StatusOr<ton::CellRef> ActionCell(const ActionPhase& action) {
  ton::CellBuilder builder;
  builder.Bit(action.success).Bit(action.valid).Bit(action.no_funds).Bit(false);
  PutMaybeCoins(action.forward_fees, &builder);
  PutMaybeCoins(action.action_fees, &builder);
  builder.Int(action.result_code, 32).Bit(action.result_argument != 0);
  if (action.result_argument != 0) builder.Int(action.result_argument, 32);
  builder.Uint(static_cast<uint64_t>(action.total_actions), 16).Uint(0, 16);
  builder.Uint(static_cast<uint64_t>(action.skipped_actions), 16);
  builder.Uint(static_cast<uint64_t>(action.messages_created), 16);
  builder.Bytes(action.list_hash);
  PutVar(action.message_size.cells, 3, &builder);
  PutVar(action.message_size.bits, 3, &builder);
  return builder.Build();
}

void PutBounce(const BouncePhase& bounce, ton::CellBuilder* builder) {
  if (bounce.without_funds) {
    builder->Uint(0b01, 2);  // tr_phase_bounce_nofunds
    PutVar(bounce.message_size.cells, 3, builder);
    PutVar(bounce.message_size.bits, 3, builder);
    builder->Coins(bounce.wanted_fees);
    return;
  }
  builder->Bit(true);  // tr_phase_bounce_ok
  PutVar(bounce.message_size.cells, 3, builder);
  PutVar(bounce.message_size.bits, 3, builder);
  builder->Coins(bounce.message_fees).Coins(bounce.forward_fees);
}

absl::StatusOr<ton::CellRef> Description(const Transaction& transaction) {
  ton::CellBuilder builder;
  builder.Uint(0b0000, 4).Bit(transaction.credit_first);
  builder.Bit(true).Coins(0).Bit(false).Bit(false);  // storage: nothing due
  builder.Bit(transaction.credit.has_value());
  if (transaction.credit.has_value()) builder.Bit(false).Coins(*transaction.credit).Bit(false);
  RETURN_IF_ERROR(PutCompute(transaction.compute, &builder));
  builder.Bit(transaction.action.has_value());
  if (transaction.action.has_value()) {
    ASSIGN_OR_RETURN(ton::CellRef action, ActionCell(*transaction.action));
    builder.Ref(std::move(action));
  }
  builder.Bit(transaction.aborted).Bit(transaction.bounce.has_value());
  if (transaction.bounce.has_value()) PutBounce(*transaction.bounce, &builder);
  return builder.Bit(transaction.destroyed).Build();
}

absl::StatusOr<ton::CellRef> BuildCell(const Transaction& transaction) {
  ASSIGN_OR_RETURN(const ton::CellRef out, BuildMessageDictionary(transaction.out));
  ASSIGN_OR_RETURN(ton::CellRef messages,
                   ton::CellBuilder().MaybeRef(transaction.in_message).MaybeRef(out).Build());
  ASSIGN_OR_RETURN(ton::CellRef update, ton::CellBuilder()
                                            .Uint(0x72, 8)
                                            .Bytes(transaction.state_before)
                                            .Bytes(transaction.state_after)
                                            .Build());
  ASSIGN_OR_RETURN(ton::CellRef description, Description(transaction));
  ton::CellBuilder builder;
  builder.Uint(0b0111, 4).Bytes(transaction.account.hash).Uint(transaction.lt, 64);
  builder.Bytes(transaction.previous_hash).Uint(transaction.previous_lt, 64);
  builder.Uint(transaction.utime, 32).Uint(transaction.out.size(), 15);
  builder.Uint(StatusBits(transaction.before), 2).Uint(StatusBits(transaction.after), 2);
  builder.Ref(std::move(messages)).Coins(transaction.total_fees).Bit(false);
  return builder.Ref(std::move(update)).Ref(std::move(description)).Build();
}

}  // namespace

absl::Status SealTransaction(Transaction* transaction, Account* account) {
  transaction->previous_lt = account->last_lt;
  transaction->previous_hash = account->last_hash;
  account->last_lt = transaction->lt;
  transaction->state_after = StateHash(*account);
  ASSIGN_OR_RETURN(transaction->cell, BuildCell(*transaction));
  transaction->hash = transaction->cell->hash();
  account->last_hash = transaction->hash;
  return absl::OkStatus();
}

}  // namespace starlift::sandbox
