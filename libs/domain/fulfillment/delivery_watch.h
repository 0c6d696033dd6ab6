#pragma once

#include "absl/status/statusor.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/fulfillment/purchase_rules.h"
#include "domain/order/order.h"

namespace starlift {

// Money rule 10: whether a paid order was delivered, and how that is known. Evidence is one of two
// things. The session's purchase page, stored as not done before signing, is done now, and no other
// order was on the session in between. Or the session's history holds more rows of this recipient
// and product than it held before paying, and more than other orders may claim: rows carry no
// request id, so they are given out as a multiset, to each order at most one.
class DeliveryWatch {
 public:
  DeliveryWatch(PurchaseStore& orders, const PurchaseRules& rules)
      : orders_(orders), rules_(rules) {}

  // kNone: not seen, or nothing that would prove it. An error is an answer that did not come.
  absl::StatusOr<DeliveryEvidence> Look(const ClaimedOrder& claimed, const SessionLease& lease,
                                        MarketSession& market);

 private:
  absl::StatusOr<bool> SeenOnPage(const ClaimedOrder& claimed, const SessionLease& lease,
                                  MarketSession& market);
  absl::StatusOr<bool> SeenInHistory(const Order& order, int32_t baseline, MarketSession& market);

  PurchaseStore& orders_;
  const PurchaseRules& rules_;
};

}  // namespace starlift
