#include "adapters/toncenter/send_classification.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace starlift::toncenter {
namespace {

using nlohmann::json;

constexpr size_t kMaxDetail = 300;

SendResult Result(SendOutcome outcome, absl::string_view reason, absl::string_view detail = "") {
  SendResult result;
  result.outcome = outcome;
  result.reason = std::string(reason);
  result.detail = std::string(detail.substr(0, kMaxDetail));
  absl::RemoveExtraAsciiWhitespace(&result.detail);
  return result;
}

struct TextRow {
  absl::string_view part;
  SendOutcome outcome;
  absl::string_view reason;
};

constexpr TextRow kTexts[] = {
    {"duplicate message", SendOutcome::kHandedOver, "duplicate"},
    {"before smart-contract execution", SendOutcome::kRefusedNow, "balance_or_no_account"},
    {"too many external messages to address", SendOutcome::kLater, "per_address_limit"},
    {"too many pending external message checks", SendOutcome::kLater, "too_many_checks"},
    {"LITE_SERVER_NOTREADY", SendOutcome::kLater, "not_ready"},
    {"too large", SendOutcome::kOurBug, "too_large"},
    {"too deep", SendOutcome::kOurBug, "too_deep"},
    {"not a valid bag of cells", SendOutcome::kOurBug, "malformed"},
    {"not a (Message Any)", SendOutcome::kOurBug, "malformed"},
    {"INVALID_BAG_OF_CELLS", SendOutcome::kOurBug, "malformed"},
    {"LITE_SERVER_TIMEOUT", SendOutcome::kUnknown, "timeout"},
    {"LITE_SERVER_NETWORK", SendOutcome::kUnknown, "network"},
};

struct ExitRow {
  int32_t code;
  absl::string_view reason;
};

// Wallets V5R1 and V4R2; their codes do not overlap.
constexpr ExitRow kExits[] = {
    {132, "signature_login_disabled"},
    {133, "seqno"},
    {134, "wallet_id"},
    {135, "signature"},
    {136, "expired"},
    {138, "opcode"},
    {9, "malformed_body"},
    {0, "no_state"},
    {33, "seqno"},
    {34, "wallet_id"},
    {35, "signature"},
    {36, "expired"},
};

// The number after "exitcode=". Two wordings of the sentence around it exist.
std::optional<int32_t> FindExitCode(absl::string_view text) {
  static constexpr absl::string_view kMark = "exitcode=";
  const size_t at = text.find(kMark);
  if (at == absl::string_view::npos) return std::nullopt;
  const absl::string_view rest = text.substr(at + kMark.size());
  size_t length = absl::StartsWith(rest, "-") ? 1 : 0;
  while (length < rest.size() && absl::ascii_isdigit(static_cast<unsigned char>(rest[length]))) {
    ++length;
  }
  int32_t code = 0;
  if (!absl::SimpleAtoi(rest.substr(0, length), &code)) return std::nullopt;
  return code;
}

SendResult RefusedByContract(int32_t exit_code, absl::string_view text) {
  absl::string_view reason = "exit_code";
  for (const ExitRow& row : kExits) {
    if (row.code == exit_code) reason = row.reason;
  }
  SendResult result = Result(SendOutcome::kRefusedNow, reason, text);
  result.exit_code = exit_code;
  return result;
}

bool IsAccepted(const json& answer) {
  const auto ok = answer.find("ok");
  const auto result = answer.find("result");
  if (ok != answer.end()) {
    return *ok == true && result != answer.end() && result->is_object();
  }
  const auto hash = answer.find("message_hash");  // version 3 has no envelope
  return hash != answer.end() && hash->is_string();
}

// Version 2 documents the text in `error`, and in `result` for a rate limit.
std::string ErrorText(const json& answer) {
  for (const char* name : {"error", "result"}) {
    const auto field = answer.find(name);
    if (field != answer.end() && field->is_string()) return field->get<std::string>();
  }
  return "";
}

}  // namespace

SendResult ClassifySend(int http_status, absl::string_view body) {
  const std::string status = absl::StrCat("HTTP status ", http_status);
  if (http_status == 401 || http_status == 403) {
    return Result(SendOutcome::kLater, "configuration", status);
  }
  // Any body: two JSON shapes are documented, and a proxy in between answers with HTML.
  if (http_status == 429) return Result(SendOutcome::kLater, "rate_limit", status);
  const json answer = json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) return Result(SendOutcome::kUnknown, "unreadable", status);
  if (http_status == 200 && IsAccepted(answer)) {
    return Result(SendOutcome::kHandedOver, "accepted");
  }
  const std::string text = ErrorText(answer);
  if (const auto exit_code = FindExitCode(text); exit_code.has_value()) {
    return RefusedByContract(*exit_code, text);
  }
  for (const TextRow& row : kTexts) {
    if (absl::StrContains(text, row.part)) return Result(row.outcome, row.reason, text);
  }
  if (http_status == 400 || http_status == 422) {
    return Result(SendOutcome::kOurBug, "validation", text);
  }
  return Result(SendOutcome::kUnknown, "unreadable", text.empty() ? status : text);
}

}  // namespace starlift::toncenter
