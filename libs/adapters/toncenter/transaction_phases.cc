#include "adapters/toncenter/transaction_phases.h"

#include <functional>

#include "base/status_macros.h"

namespace starlift::toncenter {
namespace {

using ton::CellReader;
using ton::CellRef;

// Maybe X: one bit, then X.
absl::Status SkipMaybe(CellReader& reader, const std::function<absl::Status(CellReader&)>& skip) {
  ASSIGN_OR_RETURN(const bool present, reader.Bit());
  return present ? skip(reader) : absl::OkStatus();
}

absl::Status SkipCoins(CellReader& reader) { return reader.Coins().status(); }

// AccStatusChange: 0 unchanged, 10 frozen, 11 deleted.
absl::Status SkipStatusChange(CellReader& reader) {
  ASSIGN_OR_RETURN(const bool changed, reader.Bit());
  return changed ? reader.Skip(1) : absl::OkStatus();
}

absl::Status SkipStoragePhase(CellReader& reader) {
  RETURN_IF_ERROR(SkipCoins(reader));
  RETURN_IF_ERROR(SkipMaybe(reader, SkipCoins));
  return SkipStatusChange(reader);
}

absl::Status SkipCreditPhase(CellReader& reader) {
  RETURN_IF_ERROR(SkipMaybe(reader, SkipCoins));
  return ReadCurrencies(reader).status();
}

// VarUInteger whose byte count has `count_bits` bits.
absl::Status SkipVarUint(CellReader& reader, int count_bits) {
  ASSIGN_OR_RETURN(const uint64_t bytes, reader.Uint(count_bits));
  return reader.Skip(static_cast<int>(bytes) * 8);
}

absl::Status ReadComputeDetails(const CellRef& cell, ChainTransaction* transaction) {
  CellReader reader(cell);
  RETURN_IF_ERROR(SkipVarUint(reader, 3));  // gas_used
  RETURN_IF_ERROR(SkipVarUint(reader, 3));  // gas_limit
  RETURN_IF_ERROR(SkipMaybe(reader, [](CellReader& r) { return SkipVarUint(r, 2); }));
  RETURN_IF_ERROR(reader.Skip(8));  // mode
  ASSIGN_OR_RETURN(const int64_t exit_code, reader.Int(32));
  transaction->exit_code = static_cast<int32_t>(exit_code);
  return absl::OkStatus();
}

absl::Status ReadComputePhase(CellReader& reader, ChainTransaction* transaction) {
  ASSIGN_OR_RETURN(const bool ran, reader.Bit());
  transaction->compute_skipped = !ran;
  if (!ran) {
    ASSIGN_OR_RETURN(const uint64_t reason, reader.Uint(2));
    return reason == 3 ? reader.Skip(1) : absl::OkStatus();
  }
  RETURN_IF_ERROR(reader.Skip(3));  // success, msg_state_used, account_activated
  RETURN_IF_ERROR(SkipCoins(reader));
  ASSIGN_OR_RETURN(const CellRef details, reader.Ref());
  return ReadComputeDetails(details, transaction);
}

absl::Status ReadActionPhase(const CellRef& cell, ChainTransaction* transaction) {
  CellReader reader(cell);
  transaction->action_present = true;
  ASSIGN_OR_RETURN(transaction->action_success, reader.Bit());
  RETURN_IF_ERROR(reader.Skip(2));  // valid, no_funds
  RETURN_IF_ERROR(SkipStatusChange(reader));
  RETURN_IF_ERROR(SkipMaybe(reader, SkipCoins));
  RETURN_IF_ERROR(SkipMaybe(reader, SkipCoins));
  ASSIGN_OR_RETURN(const int64_t result_code, reader.Int(32));
  RETURN_IF_ERROR(SkipMaybe(reader, [](CellReader& r) { return r.Skip(32); }));
  ASSIGN_OR_RETURN(const uint64_t total, reader.Uint(16));
  RETURN_IF_ERROR(reader.Skip(16));  // special actions
  ASSIGN_OR_RETURN(const uint64_t skipped, reader.Uint(16));
  ASSIGN_OR_RETURN(const uint64_t created, reader.Uint(16));
  transaction->action_result_code = static_cast<int32_t>(result_code);
  transaction->total_actions = static_cast<int32_t>(total);
  transaction->skipped_actions = static_cast<int32_t>(skipped);
  transaction->messages_created = static_cast<int32_t>(created);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<uint64_t> ReadCurrencies(CellReader& reader) {
  ASSIGN_OR_RETURN(const uint64_t coins, reader.Coins());
  RETURN_IF_ERROR(reader.MaybeRef().status());
  return coins;
}

absl::Status ReadTransactionDescription(const CellRef& cell, ChainTransaction* transaction) {
  CellReader reader(cell);
  ASSIGN_OR_RETURN(const uint64_t tag, reader.Uint(4));
  if (tag != 0) return absl::InvalidArgumentError("not an ordinary transaction");
  RETURN_IF_ERROR(reader.Skip(1));  // credit_first
  RETURN_IF_ERROR(SkipMaybe(reader, SkipStoragePhase));
  RETURN_IF_ERROR(SkipMaybe(reader, SkipCreditPhase));
  RETURN_IF_ERROR(ReadComputePhase(reader, transaction));
  ASSIGN_OR_RETURN(const CellRef action, reader.MaybeRef());
  return action == nullptr ? absl::OkStatus() : ReadActionPhase(action, transaction);
}

}  // namespace starlift::toncenter
