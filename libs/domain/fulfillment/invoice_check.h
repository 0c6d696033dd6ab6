#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "domain/order/order.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/transfer.h"

namespace starlift {

// Money rule 6: what the marketplace asks, held against our own order before anything may be
// signed. Exactly one message, no StateInit, a payee on the list, from the paying wallet, an amount
// within quote and max_total, at least a minute to live, and a payload that is a comment which
// names the ordered product and quantity and holds "Ref#". Returns what may be paid; refuses with a
// reason of its own for each rule (INVOICE_…).
//
// What it cannot prove: the comment never names the recipient. The ceiling per order bounds that.
absl::StatusOr<Invoice> CheckInvoice(const Order& order, const MarketInvoice& offered,
                                     const PaymentRules& rules, absl::Time now);

// Whether an invoice's text is for this product: "<n> Telegram Stars", with or without group
// separators, and "Ref#" with something after it.
bool TextMatches(const Product& product, absl::string_view text);

}  // namespace starlift
