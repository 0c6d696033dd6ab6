#include "domain/fulfillment/purchase_step.h"

#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/fulfillment/conversation.h"
#include "domain/fulfillment/delivery_watch.h"
#include "domain/order/order_machine.h"
#include "domain/payment/batch.h"

namespace starlift {
namespace {

// The marketplace could not be asked or not be read: nothing is known, so nothing is decided.
bool IsOutage(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable;
}

// Our own database failed, or somebody else has the order now: nothing that the order could end of.
bool IsOurs(const absl::Status& status) {
  const Reason reason = ReasonOf(status);
  return reason == Reason::kStorageUnavailable || reason == Reason::kConcurrentRequest;
}

bool WasPaid(const Order& order) { return order.paid_at != absl::InfiniteFuture(); }

SealContext JarContext(const SessionLease& lease) {
  return {lease.jar_tenant, "session", lease.session.value(), "session_jar"};
}

}  // namespace

absl::StatusOr<absl::Time> PurchaseStep::Run(const OrderId& order, absl::string_view owner) {
  ASSIGN_OR_RETURN(const std::optional<ClaimedOrder> claimed,
                   ports_.orders.Claim(order, owner, rules_.lease));
  if (!claimed) return absl::InfiniteFuture();
  switch (claimed->order.state) {
    case OrderState::kAwaitingPayment:
      return Expire(*claimed);
    case OrderState::kQueued:
      return FetchInvoice(*claimed);
    case OrderState::kPaid:
    case OrderState::kNeedsReview:
      if (WasPaid(claimed->order)) return Deliver(*claimed);
      if (claimed->order.payer.wallet_address.empty()) return EndHeld(*claimed);
      break;  // the wallet's lane ends it
    default:
      break;
  }
  RETURN_IF_ERROR(ports_.orders.Postpone(*claimed, absl::InfiniteFuture()));
  return absl::InfiniteFuture();
}

// Nobody paid in time, as far as the database remembers. It may be a restored one that forgot the
// payment, so the witness log is asked. While that has no verdict the order waits. Once a lost
// transfer is known to have paid it, it can neither expire nor go on: no move leads from
// AWAITING_PAYMENT to PAID or into review, and its payer is forgotten. It stays where it is, due no
// more, until its customer (whose time is over) or an operator turns up; lost_transfers names it.
absl::StatusOr<absl::Time> PurchaseStep::Expire(const ClaimedOrder& claimed) {
  ASSIGN_OR_RETURN(const auto withheld, ports_.releases.Look({claimed.order.id}));
  if (withheld.empty()) {
    return MoveTo(claimed, {Move(claimed.order, OrderState::kExpired, ports_.clock.Now(),
                                 {Reason::kNotPaidInTime, "no payment came in time", {}}),
                            {}});
  }
  if (!withheld.begin()->second.paid) return Postpone(claimed, rules_.review_poll);
  RETURN_IF_ERROR(ports_.orders.Postpone(claimed, absl::InfiniteFuture()));
  return absl::InfiniteFuture();
}

// In review, never paid, and without a wallet whose lane could look after it: it ends as soon as
// nothing withholds its money any more, if it was ending anyway.
absl::StatusOr<absl::Time> PurchaseStep::EndHeld(const ClaimedOrder& claimed) {
  const Order& order = claimed.order;
  ASSIGN_OR_RETURN(const auto withheld, ports_.releases.Look({order.id}));
  const bool paid = !withheld.empty() && withheld.begin()->second.paid;
  if (paid || !EndsByItself(order)) {  // a person's
    RETURN_IF_ERROR(ports_.orders.Postpone(claimed, absl::InfiniteFuture()));
    return absl::InfiniteFuture();
  }
  if (claimed.hold_money || !withheld.empty()) return Postpone(claimed, rules_.review_poll);
  const MoveReason why{order.reason, order.reason_message, order.reason_metadata};
  return MoveTo(claimed, EndUnpaid(order, false, why, ports_.clock.Now()));
}

absl::StatusOr<absl::Time> PurchaseStep::FetchInvoice(ClaimedOrder claimed) {
  if (claimed.crashes >= rules_.max_crashes) {
    return MoveTo(claimed,
                  {Move(claimed.order, OrderState::kNeedsReview, ports_.clock.Now(),
                        {Reason::kWorkerCrashedRepeatedly, "workers died while buying", {}}),
                   {}});
  }
  if (ports_.clock.Now() >= claimed.order.execute_by) {
    return End(claimed, Fail(Reason::kQueueTimeout, "no session was free in time"));
  }
  const absl::StatusOr<std::optional<SessionLease>> lease = ports_.orders.AcquireSession(claimed);
  const bool dead = ReasonOf(lease.status()) == Reason::kSessionDead;
  if (dead && claimed.order.session_kind == SessionKind::kOwn) return End(claimed, lease.status());
  // A house session's cookies are the operator's to mend: the customer's order waits for them.
  if (dead) return AwaitSession(claimed);
  RETURN_IF_ERROR(lease.status());
  if (!lease->has_value()) return AwaitSession(claimed);
  // From here on the order is one of this session and this payer, whatever becomes of it.
  claimed.order.session = (*lease)->session;
  claimed.order.payer = (*lease)->payer;
  if (claimed.order.payer.wallet_address.empty()) return AwaitLost(claimed);
  absl::StatusOr<OpenSession> session = Open(**lease);
  if (!session.ok()) {  // a key that this worker lacks: another one, or a repaired one, may have it
    RETURN_IF_ERROR(Postpone(claimed, rules_.outage_most).status());
    return session.status();
  }
  return AskForInvoice(claimed, *session);
}

// The house signed for this order in a transfer that the database lost, so no wallet is chosen for
// it: it waits for that transfer's verdict, and when its time is over a person is asked.
absl::StatusOr<absl::Time> PurchaseStep::AwaitLost(const ClaimedOrder& claimed) {
  ASSIGN_OR_RETURN(const auto withheld, ports_.releases.Look({claimed.order.id}));
  if (withheld.empty() || !withheld.begin()->second.paid) return AwaitSession(claimed);
  return MoveTo(claimed, {Move(claimed.order, OrderState::kNeedsReview, ports_.clock.Now(),
                               WithheldReason(withheld.begin()->second, {})),
                          {}});
}

absl::StatusOr<absl::Time> PurchaseStep::AskForInvoice(const ClaimedOrder& claimed,
                                                       OpenSession& session) {
  Conversation conversation(claimed.order, session.lease, *session.market, rules_, ports_.clock);
  const absl::StatusOr<Invoice> invoice =
      conversation.Run([&] { return ports_.orders.Renew(claimed, rules_.lease); });
  if (ReasonOf(invoice.status()) == Reason::kSessionDead) {
    return LoseSession(claimed, session.lease, invoice.status());
  }
  RETURN_IF_ERROR(KeepJar(session));
  if (invoice.ok()) return KeepInvoice(claimed, *invoice);
  if (IsOurs(invoice.status())) return invoice.status();
  if (!IsOutage(invoice.status())) return End(claimed, invoice.status());
  return Postpone(
      claimed, Backoff(claimed.tries + 1, rules_.outage_first, rules_.outage_most, ports_.random));
}

absl::StatusOr<absl::Time> PurchaseStep::KeepInvoice(const ClaimedOrder& claimed,
                                                     const Invoice& invoice) {
  const Order invoiced = Move(claimed.order, OrderState::kInvoiced, ports_.clock.Now());
  const absl::Status saved = ports_.orders.SaveInvoice(claimed, {invoiced, {}}, invoice);
  if (ReasonOf(saved) == Reason::kInvoiceReused) return End(claimed, saved);
  RETURN_IF_ERROR(saved);
  ports_.signal.Changed(invoiced);
  ports_.signal.Announce({WorkItem::Kind::kLane, invoiced.payer.wallet_address});
  return absl::InfiniteFuture();
}

// The site says that the account is logged out; what it did to the cookies meanwhile is not kept.
// An own session ends the order. A house session is left to the operator, and the order to another
// one; if it was signed for, evidence about it can only come from this session, so it waits.
absl::StatusOr<absl::Time> PurchaseStep::LoseSession(const ClaimedOrder& claimed,
                                                     const SessionLease& lease,
                                                     const absl::Status& why) {
  if (claimed.order.session_kind == SessionKind::kOwn) return End(claimed, why);
  RETURN_IF_ERROR(ports_.orders.GiveUpSession(claimed, lease).status());
  return AwaitSession(claimed);
}

absl::StatusOr<absl::Time> PurchaseStep::Deliver(const ClaimedOrder& claimed) {
  const absl::StatusOr<std::optional<SessionLease>> lease = ports_.orders.AcquireSession(claimed);
  if (!lease.ok() || !lease->has_value()) return Undelivered(claimed);
  absl::StatusOr<OpenSession> session = Open(**lease);
  if (!session.ok()) return Undelivered(claimed);
  const absl::StatusOr<DeliveryEvidence> evidence =
      DeliveryWatch(ports_.orders, rules_).Look(claimed, **lease, *session->market);
  if (ReasonOf(evidence.status()) == Reason::kSessionDead) return Undelivered(claimed);
  RETURN_IF_ERROR(KeepJar(*session));
  if (!evidence.ok() || *evidence == DeliveryEvidence::kNone) return Undelivered(claimed);
  Order done = Move(claimed.order, OrderState::kDelivered, ports_.clock.Now());
  done.evidence = *evidence;
  return MoveTo(claimed, {done, {}});
}

absl::StatusOr<absl::Time> PurchaseStep::Undelivered(const ClaimedOrder& claimed) {
  const absl::Time now = ports_.clock.Now();
  if (claimed.order.state == OrderState::kNeedsReview) return Postpone(claimed, rules_.review_poll);
  if (now - claimed.order.paid_at < rules_.delivery_wait) {
    const bool early = now - claimed.order.paid_at < absl::Minutes(1);
    return Postpone(claimed, early ? rules_.delivery_poll : rules_.delivery_slow_poll);
  }
  return MoveTo(claimed,
                {Move(claimed.order, OrderState::kNeedsReview, now,
                      {Reason::kDeliveryUnconfirmed, "paid, but delivery was not seen", {}}),
                 {}});
}

absl::StatusOr<PurchaseStep::OpenSession> PurchaseStep::Open(const SessionLease& lease) {
  absl::StatusOr<Secret> jar = ports_.opener.Open(lease.jar, JarContext(lease));
  if (!jar.ok()) return jar.status();
  return OpenSession{lease, ports_.market.Open(lease.session, *std::move(jar))};
}

absl::Status PurchaseStep::KeepJar(const OpenSession& session) {
  if (!session.market->jar_changed()) return absl::OkStatus();
  const SealedSecret sealed = ports_.sealer.Seal(session.market->Jar(), JarContext(session.lease));
  // A lost race is fine: whoever won holds newer cookies.
  return ports_.orders.SaveJar(session.lease, sealed).status();
}

absl::StatusOr<absl::Time> PurchaseStep::End(const ClaimedOrder& claimed, const absl::Status& why) {
  const Order& order = claimed.order;
  const absl::Time now = ports_.clock.Now();
  ASSIGN_OR_RETURN(const auto withheld, ports_.releases.Look({order.id}));
  if (withheld.empty()) {
    return MoveTo(claimed, EndUnpaid(order, claimed.hold_money, ReasonFrom(why), now));
  }
  return MoveTo(claimed, EndUnpaid(order, true,
                                   WithheldReason(withheld.begin()->second, ReasonFrom(why)), now));
}

absl::StatusOr<absl::Time> PurchaseStep::MoveTo(const ClaimedOrder& claimed, OrderChange change) {
  RETURN_IF_ERROR(ports_.orders.Save(claimed, change));
  ports_.signal.Changed(change.order);
  // Its money is held by what the wallet's lane does not know yet: that lane ends the review.
  const std::string& wallet = change.order.payer.wallet_address;
  const bool held = change.order.state == OrderState::kNeedsReview && !WasPaid(change.order);
  if (held && !wallet.empty()) ports_.signal.Announce({WorkItem::Kind::kLane, wallet});
  return absl::InfiniteFuture();
}

absl::StatusOr<absl::Time> PurchaseStep::AwaitSession(const ClaimedOrder& claimed) {
  if (claimed.order.session_kind == SessionKind::kOwn) {
    return Postpone(claimed, rules_.session_busy);
  }
  return Postpone(claimed, Backoff(claimed.tries + 1, rules_.session_busy, rules_.session_busy_most,
                                   ports_.random));
}

absl::StatusOr<absl::Time> PurchaseStep::Postpone(const ClaimedOrder& claimed,
                                                  absl::Duration after) {
  const absl::Time when = ports_.clock.Now() + after;
  RETURN_IF_ERROR(ports_.orders.Postpone(claimed, when));
  return when;
}

}  // namespace starlift
