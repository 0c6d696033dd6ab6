#include "adapters/fragment/answers.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/fragment/error_texts.h"
#include "adapters/fragment/html_text.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::fragment {
namespace {

using nlohmann::json;

constexpr size_t kMaxOpaque = 512;      // tokens, ids, addresses
constexpr size_t kMaxPayload = 131072;  // base64 of the largest message there can be
constexpr size_t kMaxMessages = 255;
constexpr size_t kMaxParams = 16;

bool IsSet(const json& body, const char* name) {
  const auto field = body.find(name);
  return field != body.end() && field->is_boolean() && field->get<bool>();
}

// Text, or an integer as text; nullopt for anything else. An absent field and null are "".
std::optional<std::string> Text(const json& body, const char* name, size_t most = kMaxOpaque) {
  const auto field = body.find(name);
  if (field == body.end() || field->is_null()) return "";
  if (field->is_number_unsigned()) return absl::StrCat(field->get<uint64_t>());
  if (field->is_number_integer()) return absl::StrCat(field->get<int64_t>());
  if (!field->is_string()) return std::nullopt;
  const auto& text = field->get_ref<const std::string&>();
  if (text.size() > most) return std::nullopt;
  return text;
}

// Digits only, in text or as a JSON integer: a fraction, a sign or an exponent is refused.
std::optional<int64_t> WholeNumber(const json& body, const char* name) {
  const auto text = Text(body, name, 20);
  if (!text.has_value() || text->empty()) return std::nullopt;
  const bool digits =
      std::all_of(text->begin(), text->end(), [](char c) { return absl::ascii_isdigit(c); });
  int64_t value = 0;
  if (!digits || !absl::SimpleAtoi(*text, &value)) return std::nullopt;
  return value;
}

absl::StatusOr<MarketMessage> ParseMessage(const json& body) {
  if (!body.is_object()) return Unreadable("a message that is not an object");
  const auto address = Text(body, "address");
  const auto amount = WholeNumber(body, "amount");
  const auto payload = Text(body, "payload", kMaxPayload);
  if (!address.has_value() || address->empty()) return Unreadable("a message without address");
  if (!amount.has_value()) return Unreadable("a message without a whole amount");
  if (!payload.has_value()) return Unreadable("a message's payload");
  const auto state_init = body.find("stateInit");
  MarketMessage message;
  message.address = *address;
  message.amount = Units(*amount);
  message.payload_base64 = *payload;
  message.has_state_init = state_init != body.end() && !state_init->is_null();
  return message;
}

absl::Status ParseTransaction(const json& transaction, MarketInvoice* invoice) {
  const auto valid_until = WholeNumber(transaction, "validUntil");
  const auto sender = Text(transaction, "from");
  const auto network = Text(transaction, "network");
  const auto messages = transaction.find("messages");
  if (!valid_until.has_value() || *valid_until > std::numeric_limits<uint32_t>::max()) {
    return Unreadable("an invoice without validUntil");
  }
  if (!sender.has_value() || !network.has_value()) return Unreadable("an invoice's sender");
  if (messages == transaction.end() || !messages->is_array() || messages->size() > kMaxMessages) {
    return Unreadable("an invoice without messages");
  }
  invoice->valid_until = absl::FromUnixSeconds(*valid_until);
  invoice->sender = *sender;
  invoice->network = *network;
  for (const json& one : *messages) {
    ASSIGN_OR_RETURN(MarketMessage message, ParseMessage(one));
    invoice->messages.push_back(std::move(message));
  }
  return absl::OkStatus();
}

absl::Status ParseConfirm(const json& body, MarketInvoice* invoice) {
  const auto method = Text(body, "confirm_method");
  if (!method.has_value()) return Unreadable("confirm_method");
  invoice->confirm_method = *method;
  const auto params = body.find("confirm_params");
  if (params == body.end() || params->is_null()) return absl::OkStatus();
  // PHP writes an empty object as an empty array.
  if (params->is_array() && params->empty()) return absl::OkStatus();
  if (!params->is_object() || params->size() > kMaxParams) return Unreadable("confirm_params");
  for (const auto& [name, value] : params->items()) {
    const auto text = Text(*params, name.c_str());
    if (!text.has_value()) return Unreadable("confirm_params");
    invoice->confirm_params.emplace_back(name, *text);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Found> ParseFound(const json& body) {
  const auto found = body.find("found");
  if (found == body.end() || !found->is_object()) return Unreadable("a search without result");
  const auto recipient = Text(*found, "recipient");
  const auto name = Text(*found, "name", 4 * kMaxOpaque);
  if (!recipient.has_value() || recipient->empty()) return Unreadable("a result without recipient");
  return Found{*recipient, VisibleText(name.value_or(""))};
}

absl::StatusOr<MarketState> ParseState(const json& body) {
  const auto mode = body.find("mode");
  const auto need_update = body.find("need_update");
  if (mode == body.end() || !mode->is_string() || mode->get_ref<const std::string&>().empty()) {
    return Unreadable("a state without mode");
  }
  if (need_update == body.end() || !need_update->is_boolean()) {
    return Unreadable("a state without need_update");
  }
  return MarketState{mode->get<std::string>(), need_update->get<bool>()};
}

absl::StatusOr<std::string> ParseRequestId(const json& body) {
  if (IsSet(body, "need_ton")) return SessionDead();
  const auto request_id = Text(body, "req_id");
  if (!request_id.has_value()) return Unreadable("a request id that is not text");
  if (request_id->empty()) return SessionDead();
  return *request_id;
}

absl::StatusOr<MarketInvoice> ParseInvoice(const json& body) {
  if (IsSet(body, "need_verify")) {
    return Fail(Reason::kKycRequired, "Fragment asks this account to verify its identity");
  }
  if (IsSet(body, "evm")) return Unreadable("an invoice for another chain");
  const auto transaction = body.find("transaction");
  if (transaction == body.end() || !transaction->is_object()) {
    return Unreadable("no transaction in the answer");
  }
  MarketInvoice invoice;
  RETURN_IF_ERROR(ParseTransaction(*transaction, &invoice));
  RETURN_IF_ERROR(ParseConfirm(body, &invoice));
  return invoice;
}

}  // namespace starlift::fragment
