#include "adapters/fragment/session.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "adapters/fragment/answers.h"
#include "adapters/fragment/history_page.h"
#include "adapters/fragment/html_text.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "ton/base64.h"

namespace starlift::fragment {
namespace {

using nlohmann::ordered_json;

// The page takes part in a pop-up and in the list of options with these; neither is shown here.
Fields StateFields() { return {{"mode", "new"}, {"lv", "false"}, {"dh", "0"}}; }

// A wallet whose key is not ours to know is shown by its address alone, which the site takes as
// well.
std::string AccountJson(const MarketAccount& account) {
  if (account.public_key_hex.empty()) {
    return ordered_json({{"address", account.address}, {"chain", "-239"}}).dump();
  }
  return ordered_json({{"address", account.address},
                       {"chain", "-239"},
                       {"walletStateInit", account.state_init_base64},
                       {"publicKey", account.public_key_hex}})
      .dump();
}

std::string DeviceJson(const MarketAccount& account) {
  ordered_json sending;
  sending["name"] = "SendTransaction";
  sending["maxMessages"] = account.max_messages;
  ordered_json device;
  device["platform"] = "iphone";
  device["appName"] = "Tonkeeper";
  device["appVersion"] = "5.0.18";
  device["maxProtocolVersion"] = 2;
  device["features"] = ordered_json::array({"SendTransaction", sending});
  return device.dump();
}

std::string Base64(absl::string_view bytes) {
  const absl::Span<const uint8_t> span(reinterpret_cast<const uint8_t*>(bytes.data()),
                                       bytes.size());
  return ton::EncodeBase64(span, ton::Base64Alphabet::kStandard, /*padding=*/true);
}

bool IsMethodName(absl::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

bool IsOurField(absl::string_view name) {
  return name == "method" || name == "account" || name == "device" || name == "boc";
}

}  // namespace

FragmentSession::FragmentSession(const Site* site, const ErrorTexts* texts,
                                 std::shared_ptr<Shared> shared, const Secret& jar)
    : site_(site), texts_(texts), shared_(std::move(shared)), jar_(jar) {}

absl::StatusOr<std::string> FragmentSession::FindRecipient(const Product& product,
                                                           absl::string_view username) {
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(product.type));
  ASSIGN_OR_RETURN(const nlohmann::json body,
                   Ask(*methods, methods->search,
                       {{"query", std::string(username)}, {std::string(methods->size_field), ""}}));
  ASSIGN_OR_RETURN(Found found, ParseFound(body));
  return std::move(found.recipient);
}

absl::Status FragmentSession::ResetState(ProductType type) {
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(type));
  const ApiCall call{std::string(methods->page), std::string(methods->repeat), {}};
  ASSIGN_OR_RETURN(const Answer answer, site_->Call(call, jar_, shared_->hash));
  if (answer.error.empty()) return absl::OkStatus();
  switch (texts_->Classify(answer.error)) {
    case ErrorClass::kAccessDenied:
      return WhyDenied(*methods, answer.error);
    case ErrorClass::kSessionDead:
      return SessionDead();
    default:
      // Perhaps there was nothing to leave behind. The state that is read next decides, not this.
      return absl::OkStatus();
  }
}

absl::StatusOr<MarketState> FragmentSession::State(ProductType type) {
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(type));
  ASSIGN_OR_RETURN(const nlohmann::json body, Ask(*methods, methods->state, StateFields()));
  return ParseState(body);
}

absl::StatusOr<PurchaseHistory> FragmentSession::History(ProductType type) {
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(type));
  if (methods->history.empty()) {
    return Fail(Reason::kProductNotAvailable, "the history of this product is not read yet");
  }
  return shared_->stars_history.Get([&] { return FetchHistory(*methods); });
}

absl::StatusOr<PurchaseHistory> FragmentSession::FetchHistory(const Methods& methods) {
  ASSIGN_OR_RETURN(const Answer answer, site_->PageParts(methods.history, jar_));
  if (answer.error.empty()) return ReadHistory(answer.body, methods.type);
  if (texts_->Classify(answer.error) == ErrorClass::kAccessDenied) {
    return WhyDenied(methods, answer.error);
  }
  return texts_->StatusOf(answer.error);
}

absl::StatusOr<std::string> FragmentSession::OpenRequest(const Product& product,
                                                         absl::string_view recipient_token) {
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(product.type));
  ASSIGN_OR_RETURN(const nlohmann::json body,
                   Ask(*methods, methods->init,
                       {{"recipient", std::string(recipient_token)},
                        {std::string(methods->size_field), absl::StrCat(product.quantity)},
                        {"payment_method", "ton"}}));
  return ParseRequestId(body);
}

absl::StatusOr<MarketInvoice> FragmentSession::FetchInvoice(ProductType type,
                                                            absl::string_view request_id,
                                                            const MarketAccount& account) {
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(type));
  ASSIGN_OR_RETURN(const nlohmann::json body, Ask(*methods, methods->link,
                                                  {{"account", AccountJson(account)},
                                                   {"device", DeviceJson(account)},
                                                   {"transaction", "1"},
                                                   {"id", std::string(request_id)},
                                                   {"show_sender", "0"}}));
  ASSIGN_OR_RETURN(MarketInvoice invoice, ParseInvoice(body));
  invoice.request_id = std::string(request_id);
  return invoice;
}

absl::Status FragmentSession::Confirm(
    absl::string_view method, const std::vector<std::pair<std::string, std::string>>& params,
    const MarketAccount& account, absl::string_view boc) {
  // The name came from the site; it must at least be a name.
  if (!IsMethodName(method)) return Unreadable("a confirm method that is not a name");
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(ProductType::kStars));
  Fields fields;
  for (const auto& [name, value] : params) {
    if (!IsOurField(name)) fields.emplace_back(name, value);
  }
  fields.emplace_back("account", AccountJson(account));
  fields.emplace_back("device", DeviceJson(account));
  fields.emplace_back("boc", Base64(boc));
  return Ask(*methods, method, std::move(fields)).status();
}

absl::StatusOr<nlohmann::json> FragmentSession::Ask(const Methods& methods,
                                                    absl::string_view method, Fields fields) {
  const ApiCall call{std::string(methods.page), std::string(method), std::move(fields)};
  ASSIGN_OR_RETURN(Answer answer, site_->Call(call, jar_, shared_->hash));
  if (answer.error.empty()) return std::move(answer.body);
  const bool denied = texts_->Classify(answer.error) == ErrorClass::kAccessDenied;
  if (denied && method != methods.state) return WhyDenied(methods, answer.error);
  return texts_->StatusOf(answer.error);
}

absl::Status FragmentSession::WhyDenied(const Methods& methods, absl::string_view error) {
  const ApiCall probe{std::string(methods.page), std::string(methods.state), StateFields()};
  ASSIGN_OR_RETURN(const Answer answer, site_->Call(probe, jar_, shared_->hash));
  if (!answer.error.empty()) return SessionDead();
  return Unreadable("denied although the session is logged in", VisibleText(error));
}

}  // namespace starlift::fragment
