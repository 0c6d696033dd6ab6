#include "sandbox/triggers.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace starlift::sandbox {
namespace {

const std::map<std::string, Trigger>& Table() {
  static const auto* table = new std::map<std::string, Trigger>{
      {"test_not_found", Trigger::kNotFound},
      {"test_not_a_user", Trigger::kNotAUser},
      {"test_refused", Trigger::kRefused},
      {"test_price_changed", Trigger::kPriceChanged},
      {"test_price_always_changes", Trigger::kPriceAlwaysChanges},
      {"test_price_up", Trigger::kPriceUp},
      {"test_slow_delivery", Trigger::kSlowDelivery},
      {"test_never_delivered", Trigger::kNeverDelivered},
      {"test_foreign_payee", Trigger::kForeignPayee},
      {"test_wrong_from", Trigger::kWrongFrom},
      {"test_wrong_quantity", Trigger::kWrongQuantity},
      {"test_wrong_text", Trigger::kWrongText},
      {"test_truncated_payload", Trigger::kTruncatedPayload},
      {"test_state_init", Trigger::kStateInit},
      {"test_two_messages", Trigger::kTwoMessages},
      {"test_short_invoice", Trigger::kShortInvoice},
      {"test_kyc", Trigger::kKyc},
      {"test_http_403", Trigger::kHttp403},
      {"test_http_429", Trigger::kHttp429},
      {"test_http_500", Trigger::kHttp500},
      {"test_not_json", Trigger::kNotJson},
      {"test_dead_session", Trigger::kDeadSession},
      {"test_two_cells", Trigger::kTwoCells},
  };
  return *table;
}

}  // namespace

Trigger TriggerOf(absl::string_view username) {
  const auto found = Table().find(std::string(username));
  return found == Table().end() ? Trigger::kNone : found->second;
}

std::string SpeltUsername(absl::string_view query) {
  const absl::string_view spelt = absl::StripAsciiWhitespace(query);
  const std::string name = absl::AsciiStrToLower(spelt);
  absl::string_view rest = name;
  if (!absl::ConsumePrefix(&rest, "https://")) absl::ConsumePrefix(&rest, "http://");
  if (!absl::ConsumePrefix(&rest, "t.me/")) absl::ConsumePrefix(&rest, "@");
  const bool letters = std::all_of(rest.begin(), rest.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
  if (!letters || rest.size() < 3 || rest.size() > 32) return "";
  return std::string(spelt.substr(spelt.size() - rest.size()));
}

std::string NormalUsername(absl::string_view query) {
  return absl::AsciiStrToLower(SpeltUsername(query));
}

}  // namespace starlift::sandbox
