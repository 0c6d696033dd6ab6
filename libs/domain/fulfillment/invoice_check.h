#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/order/order.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/transfer.h"

namespace starlift {

// Money rule 6: what the marketplace asks, held against our own order before anything may be
// signed. Exactly one message, no StateInit, a payee on the list, an amount within quote and
// max_total, at least a minute to live, and a payload that is a comment which names the ordered
// product and quantity and holds "Ref#". It must be asked from the paying wallet or, for TON and
// where the order's session allows a foreign payer, from the wallet that is connected to the
// session (Invoice::foreign_payer then says so). Returns what may be paid; refuses with a reason of
// its own for each rule (INVOICE_…). `order` holds its payer.
//
// What it cannot prove: the comment never names the recipient. The ceiling per order bounds that.
absl::StatusOr<Invoice> CheckInvoice(const Order& order, const SessionLease& lease,
                                     const MarketInvoice& offered, const PaymentRules& rules,
                                     absl::Time now);

// Whether an invoice's text is for this product: "<n> Telegram Stars", with or without group
// separators, and "Ref#" with something after it.
bool TextMatches(const Product& product, absl::string_view text);

}  // namespace starlift
