#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "domain/access/ports/sealer.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/order/ports/work_signal.h"
#include "domain/payment/payment_rules.h"

namespace starlift {

// How patient a purchase is.
struct PurchaseRules {
  PaymentRules payment;
  absl::Duration lease = absl::Seconds(15);
  absl::Duration delivery_wait = absl::Hours(2);
  absl::Duration delivery_poll = absl::Seconds(1);        // the first minute
  absl::Duration delivery_slow_poll = absl::Seconds(10);  // later
  absl::Duration review_poll = absl::Minutes(1);          // late evidence closes a review
  absl::Duration session_busy = absl::Seconds(1);
  absl::Duration outage_first = absl::Seconds(1);  // then doubling
  absl::Duration outage_most = absl::Minutes(1);
  int32_t max_crashes = 3;
  int32_t price_change_tries = 3;
  int32_t confirm_tries = 3;
};

// One step of an order outside its lane: fetch and check the invoice (QUEUED), look for delivery
// (PAID and in review after it), end what was not paid in time. One thing a step, then it says when
// to come back (InfiniteFuture: somebody else goes on, or nobody need).
class PurchaseStep {
 public:
  struct Ports {
    PurchaseStore& orders;
    Marketplace& market;
    const Opener& opener;
    const Sealer& sealer;
    WorkSignal& signal;
    const Clock& clock;
    Random& random;
  };
  PurchaseStep(Ports ports, PurchaseRules rules) : ports_(ports), rules_(std::move(rules)) {}

  // An error is a failure of our own stores; the order's lease runs out by itself.
  absl::StatusOr<absl::Time> Run(const OrderId& order, absl::string_view owner);

 private:
  struct OpenSession {
    SessionLease lease;
    std::unique_ptr<MarketSession> market;
  };

  absl::StatusOr<absl::Time> FetchInvoice(const ClaimedOrder& claimed);
  absl::StatusOr<absl::Time> AskForInvoice(const ClaimedOrder& claimed, OpenSession& session);
  absl::StatusOr<Invoice> Converse(const ClaimedOrder& claimed, MarketSession& market);
  absl::StatusOr<MarketInvoice> OpenInvoice(const ClaimedOrder& claimed,
                                            absl::string_view recipient_token,
                                            MarketSession& market);
  absl::StatusOr<absl::Time> Deliver(const ClaimedOrder& claimed);
  absl::StatusOr<absl::Time> Undelivered(const ClaimedOrder& claimed);
  absl::StatusOr<bool> SeeDelivery(const ClaimedOrder& claimed, OpenSession& session);

  absl::StatusOr<OpenSession> Open(const ClaimedOrder& claimed, const SessionLease& lease);
  absl::Status KeepJar(const ClaimedOrder& claimed, const OpenSession& session);
  // FAILED with the hold released, or NEEDS_REVIEW where the money must stay held.
  absl::StatusOr<absl::Time> End(const ClaimedOrder& claimed, const absl::Status& why);
  absl::StatusOr<absl::Time> MoveTo(const ClaimedOrder& claimed, OrderChange change);
  absl::StatusOr<absl::Time> Postpone(const ClaimedOrder& claimed, absl::Duration after);

  Ports ports_;
  PurchaseRules rules_;
};

}  // namespace starlift
