#include "domain/payment/payment_rules.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "ton/boc.h"

namespace starlift {
namespace {

absl::Status TooHigh(Reason reason, absl::string_view what, Units amount, Units limit) {
  return Fail(reason, what,
              {{"amount", absl::StrCat(amount.value())}, {"limit", absl::StrCat(limit.value())}});
}

absl::Status CheckPayload(const Invoice& invoice) {
  const auto& boc = invoice.payload_boc;
  const auto cell = ton::ReadBoc({reinterpret_cast<const uint8_t*>(boc.data()), boc.size()});
  if (!cell.ok() || ton::HexOf((*cell)->hash()) != invoice.payload_hash) {
    return Fail(Reason::kInvoiceUnreadable, "the stored payload is not the one that was checked");
  }
  return absl::OkStatus();
}

}  // namespace

Units HighestCost(const Quote& quote) {
  const __int128 product =
      static_cast<__int128>(quote.cost.value()) * (10'000 + quote.tolerance_bps);
  const __int128 most = product / 10'000;
  return Units(static_cast<int64_t>(std::min<__int128>(most, std::numeric_limits<int64_t>::max())));
}

Units RequiredBalance(Units amounts, int messages, const PaymentRules& rules) {
  return amounts + Units(rules.fee_per_message.value() * messages) + rules.fee_floor;
}

absl::Status CheckPayable(const Order& order, const Invoice& invoice, bool foreign_payer_allowed,
                          const PaymentRules& rules) {
  if (std::find(rules.allowed_payees.begin(), rules.allowed_payees.end(), invoice.payee) ==
      rules.allowed_payees.end()) {
    return Fail(Reason::kInvoiceWrongPayee, "the invoice pays an address that is not on the list",
                {{"payee", invoice.payee}});
  }
  const bool foreign = invoice.sender != order.payer.wallet_address;
  const bool foreign_allowed =
      foreign_payer_allowed && invoice.foreign_payer && order.quote.asset == Asset::kTon;
  if (foreign && !foreign_allowed) {
    return Fail(Reason::kInvoiceWrongSender, "the invoice is for another wallet",
                {{"sender", invoice.sender}});
  }
  if (invoice.amount <= Units(0) || invoice.amount > HighestCost(order.quote)) {
    return TooHigh(Reason::kInvoiceAmountTooHigh, "the invoice asks more than the quote allows",
                   invoice.amount, HighestCost(order.quote));
  }
  const Units leaving = invoice.amount + order.quote.commission + order.quote.network_reserve;
  if (leaving > order.quote.max_total) {
    return TooHigh(Reason::kPriceAboveMaxTotal, "the payment would be above max_total", leaving,
                   order.quote.max_total);
  }
  if (rules.max_order_total > Units(0) && leaving > rules.max_order_total) {
    return TooHigh(Reason::kSpendingCeiling,
                   "the payment would be above this installation's ceiling", leaving,
                   rules.max_order_total);
  }
  return CheckPayload(invoice);
}

}  // namespace starlift
