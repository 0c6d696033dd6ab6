#include "sandbox/marketplace.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sandbox/fragment_pages.h"
#include "ton/base64.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr int64_t kShortInvoiceSeconds = 20;
constexpr uint64_t kPriceUpFactor = 10;
constexpr int kFailedSearches = 2;
constexpr const char* kAccessDenied = "Access denied";

json Error(absl::string_view text) {
  return {{"error", absl::StrReplaceAll(text, {{"'", "&#39;"}})}};
}

std::string Field(const Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

int64_t Quantity(const Fields& fields) {
  int64_t quantity = 0;
  return absl::SimpleAtoi(Field(fields, "quantity"), &quantity) ? quantity : 0;
}

}  // namespace

json Marketplace::Dead(const Session& session) const {
  return Error(session.guest() ? kAccessDenied : session.death_text);
}

json Marketplace::Call(const Caller& caller, const std::string& method, const Fields& fields,
                       int64_t now_ms) {
  if (method == "searchStarsRecipient") return Search(fields);
  if (method == "updateStarsPrices") return Prices(fields);
  if (method == "updateStarsBuyState") return State(caller, now_ms);
  if (method == "initBuyStarsRequest") return Init(caller, fields);
  if (method == "getBuyStarsLink") return Link(caller, fields, now_ms);
  if (method == "confirmReq") return Confirm(caller, fields);
  if (method == "repeatStars") return Repeat(caller);
  return Error("Invalid method");
}

std::string Marketplace::SearchFailure(const Caller& caller, absl::string_view query) {
  if (!caller.authorised) return "";
  const std::string username = NormalUsername(query);
  const Trigger trigger = TriggerOf(username);
  std::string kind;
  if (trigger == Trigger::kHttp403) kind = "403";
  if (trigger == Trigger::kHttp429) kind = "429";
  if (trigger == Trigger::kHttp500) kind = "500";
  if (trigger == Trigger::kNotJson) kind = "not_json";
  if (kind.empty() || ++caller.session->trigger_uses[username] > kFailedSearches) return "";
  return kind;
}

std::string Marketplace::RecipientToken(const std::string& username) {
  std::string& token = tokens_[username];
  if (token.empty()) {
    std::vector<uint8_t> bytes(48);
    random_->Fill(absl::MakeSpan(bytes));
    token = ton::EncodeBase64(bytes, ton::Base64Alphabet::kUrl, /*padding=*/false);
    recipients_[token] = username;
  }
  return token;
}

json Marketplace::Search(const Fields& fields) {
  const std::string query = Field(fields, "query");
  const auto known = recipients_.find(query);
  const std::string username = known == recipients_.end() ? NormalUsername(query) : known->second;
  const Trigger trigger = TriggerOf(username);
  if (username.empty() || trigger == Trigger::kNotAUser) {
    return Error("Please enter a username assigned to a user.");
  }
  if (trigger == Trigger::kNotFound) return Error("No Telegram users found.");
  // Nobody here can ask the account: whoever names it first decides how it spells itself.
  if (known == recipients_.end()) spellings_.emplace(username, SpeltUsername(query));
  return {{"ok", true},
          {"found",
           {{"myself", false},
            {"recipient", RecipientToken(username)},
            {"photo", "<img src=\"https://nft.fragment.com/userpic.jpg\" />"},
            {"name", absl::StrCat("The one called ", username)}}}};
}

json Marketplace::Prices(const Fields& fields) {
  const int64_t quantity = std::clamp<int64_t>(Quantity(fields), 0, settings_.most_stars);
  const int64_t micro_usd = quantity * settings_.rates.micro_usd_per_star;
  return {{"ok", true},
          {"cur_price", PriceHtml(micro_usd, settings_.rates)},
          {"options_html", StarsOptionsHtml(settings_.rates)},
          {"dh", "1866305521"}};
}

json Marketplace::State(const Caller& caller, int64_t now_ms) {
  if (!caller.authorised) return Dead(*caller.session);
  std::string mode = "new";
  const auto shown = invoices_.find(caller.session->shown_request);
  if (shown != invoices_.end()) {
    const int64_t delivered = DeliveredAt(shown->second);
    mode = delivered != 0 && delivered <= now_ms ? "done" : "processing";
  }
  return {{"ok", true},
          {"mode", mode},
          {"need_update", mode == "processing"},
          {"lv", mode == "done"},
          {"dh", "1866305521"},
          {"html", "<div class=\"js-state\"></div>"},
          {"options_html", StarsOptionsHtml(settings_.rates)},
          {"history_html", "<table></table>"}};
}

json Marketplace::Init(const Caller& caller, const Fields& fields) {
  Session* session = caller.session;
  if (!caller.authorised) {
    if (session->death_without_text) return {{"myself", false}, {"to_bot", false}};
    return Dead(*session);
  }
  if (Field(fields, "payment_method") != "ton") return Error(kAccessDenied);
  const auto recipient = recipients_.find(Field(fields, "recipient"));
  if (recipient == recipients_.end()) {
    return Error("Please enter a username assigned to a user.");
  }
  const int64_t quantity = Quantity(fields);
  if (quantity < settings_.least_stars || quantity > settings_.most_stars) {
    return Error("Amount is invalid");
  }
  const Trigger trigger = TriggerOf(recipient->second);
  if (trigger == Trigger::kRefused) {
    return Error("You can't gift Telegram Stars to this account at this moment.");
  }
  if (trigger == Trigger::kDeadSession) {
    session->alive = false;
    return Dead(*session);
  }
  return Open(session, recipient->second, quantity);
}

json Marketplace::Open(Session* session, const std::string& username, int64_t quantity) {
  const uint64_t price = StarsPrice(quantity, settings_.rates);
  const std::string title = absl::StrCat(Grouped(quantity), " Telegram Stars");
  json answer = {{"amount", TonText(price)},
                 {"myself", false},
                 {"to_bot", false},
                 {"item_title", title},
                 {"content", absl::StrCat("<div class=\"tm-form-text\">", username,
                                          " will receive ", title, ".</div>")},
                 {"button", absl::StrCat("Buy for ", TonText(price))}};
  if (!session->wallet.has_value()) {
    answer["need_ton"] = true;
    return answer;
  }
  Invoice invoice;
  invoice.request_id = RandomBase62(*random_, 22);
  invoice.session = session->key;
  invoice.username = username;
  invoice.shown_username = spellings_.at(username);
  invoice.trigger = TriggerOf(username);
  invoice.quantity = quantity;
  invoice.amount_nano = price * (invoice.trigger == Trigger::kPriceUp ? kPriceUpFactor : 1);
  invoice.payee = invoice.trigger == Trigger::kForeignPayee ? ForeignPayee() : NativePayee();
  invoice.from = invoice.trigger == Trigger::kWrongFrom ? ForeignPayee() : *session->wallet;
  invoice.foreign_payer = session->foreign_payer;
  answer["req_id"] = invoice.request_id;
  invoices_[invoice.request_id] = std::move(invoice);
  return answer;
}

json Marketplace::Link(const Caller& caller, const Fields& fields, int64_t now_ms) {
  if (!caller.authorised) return Dead(*caller.session);
  const auto found = invoices_.find(Field(fields, "id"));
  if (found == invoices_.end() || found->second.session != caller.session->key) {
    return Error("Order not found");
  }
  Invoice& invoice = found->second;
  if (!invoice.link.is_null()) return invoice.link;
  if (invoice.trigger == Trigger::kKyc) {
    return {{"need_verify", true},
            {"popup", "<div class=\"popup-container\"><h3>Verify your identity</h3></div>"}};
  }
  const bool first = invoice.trigger == Trigger::kPriceChanged &&
                     ++caller.session->trigger_uses[invoice.username] == 1;
  if (first || invoice.trigger == Trigger::kPriceAlwaysChanges) {
    return Error("Price was changed. Please try again.");
  }
  return Issue(&invoice, now_ms);
}

json Marketplace::Issue(Invoice* invoice, int64_t now_ms) {
  const bool is_short = invoice->trigger == Trigger::kShortInvoice;
  invoice->valid_until =
      now_ms / 1000 + (is_short ? kShortInvoiceSeconds : settings_.invoice_life_s);
  WritePayload(*random_, invoice);
  by_text_[invoice->text] = invoice->request_id;
  invoice->link = RenderLink(*random_, *invoice);
  return invoice->link;
}

json Marketplace::Confirm(const Caller& caller, const Fields& fields) {
  if (!caller.authorised) return Dead(*caller.session);
  if (!invoices_.contains(Field(fields, "id"))) return Error("Order not found");
  return {{"ok", true}};
}

json Marketplace::Repeat(const Caller& caller) {
  if (!caller.authorised) return Dead(*caller.session);
  caller.session->shown_request.clear();
  return {{"ok", true}};
}

}  // namespace starlift::sandbox
