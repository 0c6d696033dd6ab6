#include "adapters/toncenter/account_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "adapters/toncenter/answer.h"
#include "base/status_macros.h"
#include "ton/boc.h"

namespace starlift::toncenter {
namespace {

using nlohmann::json;

AccountState::Status ReadStatus(FieldReader& fields, const char* name) {
  const std::string text = fields.Text(name);
  if (text == "active") return AccountState::Status::kActive;
  if (text == "frozen") return AccountState::Status::kFrozen;
  if (text != "uninitialized") fields.Fail(name);
  return AccountState::Status::kUninitialized;
}

Units ReadBalance(FieldReader& fields) {
  const int64_t balance = fields.Integer("balance");
  if (balance < 0) fields.Fail("balance");
  return Units(balance);
}

std::optional<uint32_t> ReadSeqno(FieldReader& fields) {
  if (!fields.Has("seqno")) return std::nullopt;
  const int64_t seqno = fields.Integer("seqno");
  if (seqno < 0 || seqno > std::numeric_limits<uint32_t>::max()) fields.Fail("seqno");
  return static_cast<uint32_t>(seqno);
}

// A BoC in base64; null for "".
ton::CellRef ReadCell(FieldReader& fields, const char* name) {
  const std::string text = fields.Text(name);
  if (text.empty()) return nullptr;
  auto cell = ton::ReadBocBase64(text);
  if (cell.ok()) return *std::move(cell);
  fields.Fail(name);
  return nullptr;
}

}  // namespace

absl::StatusOr<AccountState> ParseAddressInformation(int http_status, absl::string_view body) {
  ASSIGN_OR_RETURN(const json result, ReadV2Result(http_status, body));
  FieldReader fields(result, "the account");
  AccountState account;
  account.status = ReadStatus(fields, "state");
  account.balance = ReadBalance(fields);
  if (account.status == AccountState::Status::kActive) {
    account.code = ReadCell(fields, "code");
    account.data = ReadCell(fields, "data");
  }
  const int32_t state_time = fields.Count("sync_utime");
  if (state_time == 0) fields.Fail("sync_utime");
  account.state_time = absl::FromUnixSeconds(state_time);
  const json& last = fields.Object("last_transaction_id");
  RETURN_IF_ERROR(fields.status());
  FieldReader last_fields(last, "the last transaction");
  account.last_lt = last_fields.Integer("lt");
  if (account.last_lt < 0) last_fields.Fail("lt");
  if (account.last_lt > 0) account.last_hash = last_fields.HexHash("hash");
  RETURN_IF_ERROR(last_fields.status());
  return account;
}

absl::StatusOr<WalletInformation> ParseV2WalletInformation(int http_status,
                                                           absl::string_view body) {
  ASSIGN_OR_RETURN(const json result, ReadV2Result(http_status, body));
  FieldReader fields(result, "the wallet");
  WalletInformation wallet;
  wallet.status = ReadStatus(fields, "account_state");
  wallet.balance = ReadBalance(fields);
  wallet.seqno = ReadSeqno(fields);
  RETURN_IF_ERROR(fields.status());
  return wallet;
}

absl::StatusOr<WalletInformation> ParseV3WalletInformation(int http_status,
                                                           absl::string_view body) {
  if (http_status == 409) return WalletInformation{};
  ASSIGN_OR_RETURN(const json result, ReadObject(http_status, body));
  FieldReader fields(result, "the wallet");
  WalletInformation wallet;
  wallet.status = ReadStatus(fields, "status");
  wallet.balance = ReadBalance(fields);
  wallet.seqno = ReadSeqno(fields);
  RETURN_IF_ERROR(fields.status());
  return wallet;
}

absl::StatusOr<std::optional<int64_t>> ParseGetMethodNumber(int http_status,
                                                            absl::string_view body) {
  ASSIGN_OR_RETURN(const json result, ReadV2Result(http_status, body));
  FieldReader fields(result, "the get-method");
  const int64_t exit_code = fields.Integer("exit_code");
  const json& stack = fields.Array("stack");
  RETURN_IF_ERROR(fields.status());
  if (exit_code != 0 && exit_code != 1) return std::optional<int64_t>();
  const absl::Status unreadable = ChainFailure("unreadable", "the stack of a get-method");
  if (stack.size() != 1 || !stack[0].is_array() || stack[0].size() != 2) return unreadable;
  if (stack[0][0] != "num" || !stack[0][1].is_string()) return unreadable;
  absl::string_view text = stack[0][1].get_ref<const std::string&>();
  int64_t value = 0;
  if (!absl::ConsumePrefix(&text, "0x") || !absl::SimpleHexAtoi(text, &value)) return unreadable;
  return std::optional<int64_t>(value);
}

}  // namespace starlift::toncenter
