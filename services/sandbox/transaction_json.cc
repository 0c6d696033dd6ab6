#include "sandbox/transaction_json.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ton/base64.h"
#include "ton/boc.h"
#include "ton/comment.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

std::string Base64(absl::Span<const uint8_t> bytes) {
  return ton::EncodeBase64(bytes, ton::Base64Alphabet::kStandard, /*padding=*/true);
}

absl::string_view StatusText(AccountStatus status) {
  switch (status) {
    case AccountStatus::kActive:
      return "active";
    case AccountStatus::kFrozen:
      return "frozen";
    case AccountStatus::kUninitialized:
      return "uninit";
    case AccountStatus::kNonexistent:
      return "nonexist";
  }
  return "";
}

std::string Text(absl::string_view text) { return std::string(text); }

json ComputeV3(const ComputePhase& compute) {
  if (compute.skipped.has_value()) {
    static constexpr const char* kReasons[] = {"no_state", "bad_state", "no_gas"};
    return {{"skipped", true}, {"reason", kReasons[static_cast<int>(*compute.skipped)]}};
  }
  json row = {{"skipped", false},
              {"success", compute.success},
              {"msg_state_used", compute.state_from_message},
              {"account_activated", compute.activated},
              {"gas_fees", absl::StrCat(compute.gas_fees())},
              {"gas_used", absl::StrCat(compute.gas_used)},
              {"gas_limit", absl::StrCat(compute.gas_limit)},
              {"mode", 0},
              {"exit_code", compute.exit_code},
              {"vm_steps", compute.gas_used / 34},
              {"vm_init_state_hash", HashText({})},
              {"vm_final_state_hash", HashText({})}};
  if (compute.gas_credit.has_value()) row["gas_credit"] = absl::StrCat(*compute.gas_credit);
  return row;
}

json ActionV3(const ActionPhase& action) {
  json row = {{"success", action.success},
              {"valid", action.valid},
              {"no_funds", action.no_funds},
              {"status_change", "unchanged"},
              {"total_fwd_fees", absl::StrCat(action.forward_fees)},
              {"total_action_fees", absl::StrCat(action.action_fees)},
              {"result_code", action.result_code},
              {"tot_actions", action.total_actions},
              {"spec_actions", 0},
              {"skipped_actions", action.skipped_actions},
              {"msgs_created", action.messages_created},
              {"action_list_hash", HashText(action.list_hash)},
              {"tot_msg_size",
               {{"cells", absl::StrCat(action.message_size.cells)},
                {"bits", absl::StrCat(action.message_size.bits)}}}};
  if (action.result_argument != 0) row["result_arg"] = action.result_argument;
  return row;
}

json DescriptionV3(const Transaction& transaction) {
  json row = {{"type", "ord"},
              {"aborted", transaction.aborted},
              {"destroyed", transaction.destroyed},
              {"credit_first", transaction.credit_first},
              {"storage_ph", {{"storage_fees_collected", "0"}, {"status_change", "unchanged"}}},
              {"compute_ph", ComputeV3(transaction.compute)}};
  if (transaction.credit.has_value()) {
    row["credit_ph"] = {{"credit", absl::StrCat(*transaction.credit)}};
  }
  if (transaction.action.has_value()) row["action"] = ActionV3(*transaction.action);
  if (transaction.bounce.has_value() && transaction.bounce->without_funds) {
    row["bounce"] = {{"type", "nofunds"},
                     {"fwd_fees", absl::StrCat(transaction.bounce->wanted_fees)}};
  } else if (transaction.bounce.has_value()) {
    row["bounce"] = {{"type", "ok"},
                     {"msg_fees", absl::StrCat(transaction.bounce->message_fees)},
                     {"fwd_fees", absl::StrCat(transaction.bounce->forward_fees)}};
  }
  return row;
}

// The 32 bits before everything else in a body, if there are so many.
json Opcode(const ton::CellRef& body) {
  ton::CellReader reader(body);
  const absl::StatusOr<uint64_t> opcode = reader.Uint(32);
  if (!opcode.ok()) return nullptr;
  return absl::StrFormat("0x%08x", *opcode);
}

json Content(const ton::CellRef& body) {
  return {
      {"hash", HashText(body->hash())}, {"body", ton::WriteBocBase64(body)}, {"decoded", nullptr}};
}

json ExternalV3(const ton::CellRef& message, const ton::Hash256& normalized) {
  const ton::ParsedExternal parsed = *ton::ParseExternalMessage(message);
  json row = {{"hash", HashText(message->hash())},
              {"hash_norm", HashText(normalized)},
              {"destination", UpperRaw(parsed.destination)},
              {"opcode", Opcode(parsed.body)},
              {"import_fee", "0"},
              {"message_content", Content(parsed.body)},
              {"init_state", nullptr}};
  for (const char* absent : {"source", "value", "value_extra_currencies", "fwd_fee", "ihr_fee",
                             "created_lt", "created_at", "ihr_disabled", "bounce", "bounced"}) {
    row[absent] = nullptr;
  }
  return row;
}

// What ton::ParseInternalMessage leaves out: the fee in the message and its times.
struct Stamps {
  uint64_t forward_fee = 0;
  uint64_t created_lt = 0;
  uint64_t created_at = 0;
};
Stamps ReadStamps(const ton::CellRef& message) {
  ton::CellReader reader(message);
  ton::Address ignored;
  Stamps stamps;
  const bool header = reader.Skip(4).ok() && ton::LoadMaybeAddress(reader, &ignored).ok() &&
                      ton::LoadAddress(reader).ok() && reader.Coins().ok() &&
                      reader.MaybeRef().ok() && reader.Coins().ok();
  if (!header) return stamps;
  stamps.forward_fee = reader.Coins().value_or(0);
  stamps.created_lt = reader.Uint(64).value_or(0);
  stamps.created_at = reader.Uint(32).value_or(0);
  return stamps;
}

json InternalV3(const ton::CellRef& message) {
  const ton::ParsedInternal parsed = *ton::ParseInternalMessage(message);
  const Stamps stamps = ReadStamps(message);
  return {{"hash", HashText(message->hash())},
          {"source", UpperRaw(parsed.source)},
          {"destination", UpperRaw(parsed.destination)},
          {"value", absl::StrCat(parsed.amount_nano)},
          {"value_extra_currencies", json::object()},
          {"fwd_fee", absl::StrCat(stamps.forward_fee)},
          {"ihr_fee", "0"},
          {"created_lt", absl::StrCat(stamps.created_lt)},
          {"created_at", absl::StrCat(stamps.created_at)},
          {"opcode", Opcode(parsed.body)},
          {"ihr_disabled", true},
          {"bounce", parsed.bounce},
          {"bounced", parsed.bounced},
          {"import_fee", nullptr},
          {"message_content", Content(parsed.body)},
          {"init_state", nullptr}};
}

std::string Friendly(const ton::Address& address) { return ton::FriendlyForm(address, {}); }

// v2 shows comments as text and everything else as a BoC.
void PutBodyV2(const ton::CellRef& body, json* row) {
  (*row)["body_hash"] = HashText(body->hash());
  const absl::StatusOr<std::string> comment = ton::ReadComment(body);
  if (comment.ok()) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(comment->data());
    (*row)["msg_data"] = {{"@type", "msg.dataText"}, {"text", Base64({bytes, comment->size()})}};
    (*row)["message"] = *comment;
  } else {
    (*row)["msg_data"] = {
        {"@type", "msg.dataRaw"}, {"body", ton::WriteBocBase64(body)}, {"init_state", ""}};
    (*row)["message"] = absl::StrCat(Base64(body->data()), "\n");
  }
}

json MessageV2(const ton::CellRef& message, bool external) {
  json row = {{"@type", "ext.message"},
              {"hash", HashText(message->hash())},
              {"extra_currencies", json::array()},
              {"ihr_fee", "0"}};
  if (external) {
    const ton::ParsedExternal parsed = *ton::ParseExternalMessage(message);
    row.update({{"source", ""},
                {"destination", Friendly(parsed.destination)},
                {"value", "0"},
                {"fwd_fee", "0"},
                {"created_lt", "0"}});
    PutBodyV2(parsed.body, &row);
    return row;
  }
  const ton::ParsedInternal parsed = *ton::ParseInternalMessage(message);
  const Stamps stamps = ReadStamps(message);
  row.update({{"source", Friendly(parsed.source)},
              {"destination", Friendly(parsed.destination)},
              {"value", absl::StrCat(parsed.amount_nano)},
              {"fwd_fee", absl::StrCat(stamps.forward_fee)},
              {"created_lt", absl::StrCat(stamps.created_lt)}});
  PutBodyV2(parsed.body, &row);
  return row;
}

}  // namespace

std::string HashText(const ton::Hash256& hash) { return Base64(hash); }

std::string UpperRaw(const ton::Address& address) {
  return absl::AsciiStrToUpper(ton::RawForm(address));
}

json MessageV3(const ton::CellRef& message, bool external, const ton::Hash256& normalized) {
  return external ? ExternalV3(message, normalized) : InternalV3(message);
}

json TransactionV3(const Transaction& transaction, const ton::Hash256& trace_id,
                   const ton::Hash256& external_hash, const std::string& finality) {
  json out = json::array();
  for (const ton::CellRef& message : transaction.out) out.push_back(InternalV3(message));
  return {{"account", UpperRaw(transaction.account)},
          {"hash", HashText(transaction.hash)},
          {"lt", absl::StrCat(transaction.lt)},
          {"now", transaction.utime},
          {"mc_block_seqno", finality == "finalized" ? transaction.block_seqno : 0},
          {"trace_id", HashText(trace_id)},
          {"trace_external_hash", HashText(external_hash)},
          {"prev_trans_hash", HashText(transaction.previous_hash)},
          {"prev_trans_lt", absl::StrCat(transaction.previous_lt)},
          {"orig_status", Text(StatusText(transaction.before))},
          {"end_status", Text(StatusText(transaction.after))},
          {"total_fees", absl::StrCat(transaction.total_fees)},
          {"total_fees_extra_currencies", json::object()},
          {"description", DescriptionV3(transaction)},
          {"block_ref",
           {{"workchain", transaction.account.workchain},
            {"shard", "8000000000000000"},
            {"seqno", transaction.block_seqno + 5'000'000}}},
          {"in_msg",
           MessageV3(transaction.in_message, transaction.external_in, transaction.in_normalized)},
          {"out_msgs", out},
          {"account_state_before", nullptr},
          {"account_state_after", nullptr},
          {"emulated", finality == "pending"},
          {"finality", finality}};
}

json TransactionV2(const Transaction& transaction) {
  json out = json::array();
  for (const ton::CellRef& message : transaction.out) out.push_back(MessageV2(message, false));
  const std::string fee = absl::StrCat(transaction.total_fees);
  return {{"@type", "ext.transaction"},
          {"address",
           {{"@type", "accountAddress"}, {"account_address", Friendly(transaction.account)}}},
          {"account", UpperRaw(transaction.account)},
          {"utime", transaction.utime},
          {"data", ton::WriteBocBase64(transaction.cell)},
          {"transaction_id",
           {{"@type", "internal.transactionId"},
            {"lt", absl::StrCat(transaction.lt)},
            {"hash", HashText(transaction.hash)}}},
          {"fee", fee},
          {"storage_fee", "0"},
          {"other_fee", fee},
          {"in_msg", MessageV2(transaction.in_message, transaction.external_in)},
          {"out_msgs", out}};
}

}  // namespace starlift::sandbox
