#pragma once

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/fulfillment/purchase_rules.h"
#include "domain/order/order.h"
#include "domain/payment/transfer.h"

namespace starlift {

// The conversation of one purchase with the marketplace, from the session's page to the checked
// invoice. Nothing in it moves money.
class Conversation {
 public:
  // Holds on to the order for another lease: a slow site must not cost it, or another worker would
  // begin the same conversation.
  using Renew = absl::FunctionRef<absl::Status()>;

  // `order` holds its payer. Nothing is kept beyond the call of Run.
  Conversation(const Order& order, const SessionLease& lease, MarketSession& market,
               const PurchaseRules& rules, const Clock& clock)
      : order_(order), lease_(lease), market_(market), rules_(rules), clock_(clock) {}

  // The invoice, with what was noted down for telling the delivery later (money rule 10); or one of
  // MarketSession's four failures, or a broken rule of CheckInvoice.
  absl::StatusOr<Invoice> Run(Renew renew);

 private:
  // What tells this order's delivery from what was there before.
  struct Baseline {
    bool state_was_not_done = false;
    std::optional<int32_t> history_rows;
  };
  absl::StatusOr<Baseline> TakeBaseline();
  absl::StatusOr<MarketInvoice> OpenInvoice(absl::string_view recipient_token, Renew renew);

  const Order& order_;
  const SessionLease& lease_;
  MarketSession& market_;
  const PurchaseRules& rules_;
  const Clock& clock_;
};

}  // namespace starlift
