#include "domain/fulfillment/invoice_check.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/fulfillment/grouped_number.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/comment.h"

namespace starlift {
namespace {

// "Ref#" and at least one letter or digit, at the end of the text.
bool EndsWithReference(absl::string_view rest) {
  const size_t at = rest.find("Ref#");
  if (at == absl::string_view::npos) return false;
  absl::string_view reference = rest.substr(at + 4);
  if (reference.empty()) return false;
  for (char c : reference) {
    if (!absl::ascii_isalnum(c)) return false;
  }
  // Between product and reference there is white space only.
  return absl::StripAsciiWhitespace(rest.substr(0, at)).empty();
}

absl::StatusOr<std::string> RawAddress(absl::string_view text, Reason reason,
                                       absl::string_view what) {
  const absl::StatusOr<ton::Address> address = ton::ParseAddress(text);
  if (!address.ok()) return Fail(reason, what);
  return ton::RawForm(*address);
}

absl::Status CheckShape(const MarketInvoice& offered, const PaymentRules& rules, absl::Time now) {
  if (offered.messages.size() != 1) {
    return Fail(Reason::kInvoiceMessageCount, "an invoice has exactly one message",
                {{"messages", absl::StrCat(offered.messages.size())}});
  }
  if (offered.messages.front().has_state_init) {
    return Fail(Reason::kInvoiceStateInit, "the invoice wants to deploy a contract");
  }
  if (!offered.network.empty() && offered.network != absl::StrCat(rules.network_global_id)) {
    return Fail(Reason::kInvoiceWrongSender, "the invoice is for another network",
                {{"network", offered.network}});
  }
  if (offered.valid_until - now < rules.invoice_min_life) {
    return Fail(Reason::kInvoiceExpiresTooSoon, "the invoice has too little time to live");
  }
  return absl::OkStatus();
}

// The payload is passed through as it came; only its text is looked at.
absl::Status TakePayload(const Order& order, absl::string_view payload_base64, Invoice* invoice) {
  const absl::StatusOr<ton::CellRef> cell = ton::ReadBocBase64(payload_base64);
  if (!cell.ok()) return Fail(Reason::kInvoiceUnreadable, "the invoice's payload cannot be read");
  const absl::StatusOr<std::string> text = ton::ReadComment(*cell);
  if (!text.ok()) return Fail(Reason::kInvoiceUnreadable, "the invoice's payload is no comment");
  if (!TextMatches(order.product, *text)) {
    return Fail(Reason::kInvoiceWrongText, "the invoice's text is not for the ordered product",
                {{"text", text->substr(0, 128)}});
  }
  const std::vector<uint8_t> bytes = ton::WriteBoc(*cell);
  invoice->payload_boc.assign(bytes.begin(), bytes.end());
  invoice->payload_hash = ton::HexOf((*cell)->hash());
  return absl::OkStatus();
}

}  // namespace

bool TextMatches(const Product& product, absl::string_view text) {
  if (product.type != ProductType::kStars) return false;
  if (TakeGroupedNumber(&text) != product.quantity) return false;
  if (!absl::ConsumePrefix(&text, " Telegram Stars")) return false;
  return EndsWithReference(text);
}

absl::StatusOr<Invoice> CheckInvoice(const Order& order, const SessionLease& lease,
                                     const MarketInvoice& offered, const PaymentRules& rules,
                                     absl::Time now) {
  RETURN_IF_ERROR(CheckShape(offered, rules, now));
  const MarketMessage& message = offered.messages.front();
  Invoice invoice;
  invoice.order = order.id;
  invoice.fragment_request_id = offered.request_id;
  invoice.amount = message.amount;
  invoice.valid_until = offered.valid_until;
  invoice.confirm_method = offered.confirm_method;
  invoice.confirm_params = offered.confirm_params;
  ASSIGN_OR_RETURN(invoice.payee, RawAddress(message.address, Reason::kInvoiceWrongPayee,
                                             "the invoice's payee is no address"));
  ASSIGN_OR_RETURN(invoice.sender, RawAddress(offered.sender, Reason::kInvoiceWrongSender,
                                              "the invoice does not say who pays"));
  invoice.foreign_payer =
      invoice.sender != order.payer.wallet_address && invoice.sender == lease.wallet;
  RETURN_IF_ERROR(TakePayload(order, message.payload_base64, &invoice));
  RETURN_IF_ERROR(CheckPayable(order, invoice, lease.foreign_payer, rules));
  return invoice;
}

}  // namespace starlift
