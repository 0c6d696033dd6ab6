#include "adapters/toncenter/transaction_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/numbers.h"
#include "adapters/toncenter/answer.h"
#include "base/status_macros.h"

namespace starlift::toncenter {
namespace {

using nlohmann::json;

constexpr size_t kMaxOutMessages = 1024;
// A million TON: far above any fee, and so low that no sum of them leaves 64 bits.
constexpr int64_t kMostFees = 1'000'000'000'000'000;

absl::Status ReadComputePhase(const json& phase, ChainTransaction* transaction) {
  FieldReader fields(phase, "the compute phase");
  transaction->compute_skipped = fields.Flag("skipped");
  if (!transaction->compute_skipped) transaction->exit_code = fields.Integer32("exit_code");
  return fields.status();
}

absl::Status ReadActionPhase(const json& phase, ChainTransaction* transaction) {
  FieldReader fields(phase, "the action phase");
  transaction->action_present = true;
  transaction->action_success = fields.Flag("success");
  transaction->action_result_code = fields.Integer32("result_code");
  transaction->total_actions = fields.Count("tot_actions");
  transaction->skipped_actions = fields.Count("skipped_actions");
  transaction->messages_created = fields.Count("msgs_created");
  return fields.status();
}

absl::Status ReadDescription(const json& description, ChainTransaction* transaction) {
  FieldReader fields(description, "the description");
  if (fields.Text("type") != "ord") fields.Fail("type");
  const json& compute = fields.Object("compute_ph");
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(ReadComputePhase(compute, transaction));
  if (!fields.Has("action")) return absl::OkStatus();
  const json& action = fields.Object("action");
  RETURN_IF_ERROR(fields.status());
  return ReadActionPhase(action, transaction);
}

absl::Status ReadInMessage(const json& message, ChainTransaction* transaction) {
  FieldReader fields(message, "the message in");
  transaction->external_in = !fields.Has("source");
  if (transaction->external_in) {
    transaction->in_normalized_hash = fields.HexHash("hash_norm");
  } else {
    transaction->bounced_in = fields.Flag("bounced");
    transaction->in_source = fields.RawAddress("source");
    const int64_t amount = fields.Integer("value");
    if (amount < 0) fields.Fail("value");
    transaction->in_amount = Units(amount);
    uint32_t opcode = 0;
    if (fields.Has("opcode") && absl::SimpleHexAtoi(fields.Text("opcode"), &opcode)) {
      transaction->in_opcode = opcode;
    }
  }
  return fields.status();
}

absl::Status ReadOutMessage(const json& message, ChainTransaction* transaction) {
  FieldReader fields(message, "a message out");
  // Without a destination it is a log entry for the outside world: it carries no money.
  if (fields.status().ok() && !fields.Has("destination")) return absl::OkStatus();
  ChainOutMessage out;
  out.destination = fields.RawAddress("destination");
  const int64_t amount = fields.Integer("value");
  if (amount < 0) fields.Fail("value");
  out.amount = Units(amount);
  const int64_t forward_fee = fields.Integer("fwd_fee");
  if (forward_fee < 0 || forward_fee > kMostFees) fields.Fail("fwd_fee");
  const json& content = fields.Object("message_content");
  RETURN_IF_ERROR(fields.status());
  FieldReader content_fields(content, "a message's content");
  out.body_hash = content_fields.HexHash("hash");
  RETURN_IF_ERROR(content_fields.status());
  transaction->network_fees += Units(forward_fee);
  transaction->out.push_back(std::move(out));
  return absl::OkStatus();
}

// Where it stands in the account's chain of transactions.
void ReadPlace(FieldReader& fields, ChainTransaction* transaction) {
  transaction->hash = fields.HexHash("hash");
  transaction->lt = fields.Integer("lt");
  transaction->previous_lt = fields.Integer("prev_trans_lt");
  if (transaction->previous_lt != 0) transaction->previous_hash = fields.HexHash("prev_trans_hash");
  if (transaction->lt <= 0 || transaction->previous_lt < 0 ||
      transaction->previous_lt >= transaction->lt) {
    fields.Fail("lt");
  }
  transaction->at = absl::FromUnixSeconds(fields.Count("now"));
  const int64_t fees = fields.Integer("total_fees");
  if (fees < 0 || fees > kMostFees) fields.Fail("total_fees");
  transaction->network_fees = Units(fees);  // forward fees follow with the messages out
}

absl::StatusOr<TransactionRow> ParseRow(const json& row) {
  FieldReader fields(row, "a transaction");
  TransactionRow parsed;
  parsed.account = fields.RawAddress("account");
  ReadPlace(fields, &parsed.transaction);
  parsed.finality = fields.Has("finality") ? fields.Text("finality") : "";
  const bool emulated = fields.Has("emulated") && fields.Flag("emulated");
  const int64_t masterchain_seqno =
      fields.Has("mc_block_seqno") ? fields.Integer("mc_block_seqno") : 0;
  parsed.final = masterchain_seqno > 0 && !emulated &&
                 (parsed.finality.empty() || parsed.finality == "finalized");
  const json& description = fields.Object("description");
  const json& in = fields.Object("in_msg");
  const json& out = fields.Array("out_msgs");
  if (out.size() > kMaxOutMessages) fields.Fail("out_msgs");
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(ReadDescription(description, &parsed.transaction));
  RETURN_IF_ERROR(ReadInMessage(in, &parsed.transaction));
  for (const json& message : out) {
    RETURN_IF_ERROR(ReadOutMessage(message, &parsed.transaction));
  }
  return parsed;
}

}  // namespace

absl::StatusOr<std::vector<TransactionRow>> ParseTransactions(int http_status,
                                                              absl::string_view body) {
  ASSIGN_OR_RETURN(const json answer, ReadObject(http_status, body));
  FieldReader fields(answer, "the answer");
  const json& list = fields.Array("transactions");
  RETURN_IF_ERROR(fields.status());
  std::vector<TransactionRow> rows;
  for (const json& row : list) {
    ASSIGN_OR_RETURN(TransactionRow parsed, ParseRow(row));
    rows.push_back(std::move(parsed));
  }
  return rows;
}

}  // namespace starlift::toncenter
