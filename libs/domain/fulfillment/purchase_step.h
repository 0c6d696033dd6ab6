#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "domain/access/ports/sealer.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/fulfillment/purchase_rules.h"
#include "domain/order/ports/work_signal.h"
#include "domain/payment/release_guard.h"

namespace starlift {

// One step of an order outside its lane: fetch and check the invoice (QUEUED), look for delivery
// (PAID and in review after it), end what was not paid in time. One thing a step, then it says when
// to come back (InfiniteFuture: somebody else goes on, or nobody need).
class PurchaseStep {
 public:
  struct Ports {
    PurchaseStore& orders;
    ReleaseGuard& releases;
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

  absl::StatusOr<absl::Time> Expire(const ClaimedOrder& claimed);
  absl::StatusOr<absl::Time> EndHeld(const ClaimedOrder& claimed);
  absl::StatusOr<absl::Time> FetchInvoice(ClaimedOrder claimed);
  absl::StatusOr<absl::Time> AwaitLost(const ClaimedOrder& claimed);
  absl::StatusOr<absl::Time> AskForInvoice(const ClaimedOrder& claimed, OpenSession& session);
  absl::StatusOr<absl::Time> KeepInvoice(const ClaimedOrder& claimed, const Invoice& invoice);
  absl::StatusOr<absl::Time> LoseSession(const ClaimedOrder& claimed, const SessionLease& lease,
                                         const absl::Status& why);
  absl::StatusOr<absl::Time> Deliver(const ClaimedOrder& claimed);
  absl::StatusOr<absl::Time> Undelivered(const ClaimedOrder& claimed);

  absl::StatusOr<OpenSession> Open(const SessionLease& lease);
  absl::Status KeepJar(const OpenSession& session);
  // FAILED with the hold released, or NEEDS_REVIEW where the money must stay held.
  absl::StatusOr<absl::Time> End(const ClaimedOrder& claimed, const absl::Status& why);
  absl::StatusOr<absl::Time> MoveTo(const ClaimedOrder& claimed, OrderChange change);
  absl::StatusOr<absl::Time> AwaitSession(const ClaimedOrder& claimed);
  absl::StatusOr<absl::Time> Postpone(const ClaimedOrder& claimed, absl::Duration after);

  Ports ports_;
  PurchaseRules rules_;
};

}  // namespace starlift
