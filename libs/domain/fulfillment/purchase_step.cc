#include "domain/fulfillment/purchase_step.h"

#include <utility>

#include "base/backoff.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/fulfillment/invoice_check.h"
#include "domain/fulfillment/market_account.h"
#include "domain/ledger/ledger.h"
#include "domain/order/order_machine.h"

namespace starlift {
namespace {

// The marketplace could not be asked or not be read: nothing is known, so nothing is decided.
bool IsOutage(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable;
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
      return MoveTo(*claimed, {Move(claimed->order, OrderState::kExpired, ports_.clock.Now(),
                                    {Reason::kNotPaidInTime, "no payment came in time", {}}),
                               {}});
    case OrderState::kQueued:
      return FetchInvoice(*claimed);
    case OrderState::kPaid:
    case OrderState::kNeedsReview:
      if (WasPaid(claimed->order)) return Deliver(*claimed);
      break;
    default:
      break;
  }
  RETURN_IF_ERROR(ports_.orders.Postpone(*claimed, absl::InfiniteFuture()));
  return absl::InfiniteFuture();
}

absl::StatusOr<absl::Time> PurchaseStep::FetchInvoice(const ClaimedOrder& claimed) {
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
  if (!lease.ok() && ReasonOf(lease.status()) == Reason::kSessionDead) {
    return End(claimed, lease.status());
  }
  RETURN_IF_ERROR(lease.status());
  if (!lease->has_value()) return Postpone(claimed, rules_.session_busy);
  absl::StatusOr<OpenSession> session = Open(claimed, **lease);
  if (!session.ok()) {  // a key that this worker lacks: another one, or a repaired one, may have it
    RETURN_IF_ERROR(Postpone(claimed, rules_.outage_most).status());
    return session.status();
  }
  return AskForInvoice(claimed, *session);
}

absl::StatusOr<absl::Time> PurchaseStep::AskForInvoice(const ClaimedOrder& claimed,
                                                       OpenSession& session) {
  const absl::StatusOr<Invoice> invoice = Converse(claimed, *session.market);
  RETURN_IF_ERROR(KeepJar(claimed, session));
  if (!invoice.ok() && IsOutage(invoice.status())) {
    return Postpone(claimed, Backoff(claimed.tries + 1, rules_.outage_first, rules_.outage_most,
                                     ports_.random));
  }
  if (!invoice.ok()) return End(claimed, invoice.status());
  const Order invoiced = Move(claimed.order, OrderState::kInvoiced, ports_.clock.Now());
  const absl::Status saved = ports_.orders.SaveInvoice(claimed, {invoiced, {}}, *invoice);
  if (ReasonOf(saved) == Reason::kInvoiceReused) return End(claimed, saved);
  RETURN_IF_ERROR(saved);
  ports_.signal.Changed(invoiced);
  ports_.signal.Announce({WorkItem::Kind::kLane, invoiced.payer.wallet_address});
  return absl::InfiniteFuture();
}

// The conversation of one purchase, up to the invoice: nothing in it moves money.
absl::StatusOr<Invoice> PurchaseStep::Converse(const ClaimedOrder& claimed, MarketSession& market) {
  const Order& order = claimed.order;
  const ProductType type = order.product.type;
  const absl::Time begun = ports_.clock.Now();
  RETURN_IF_ERROR(market.ResetState(type));
  ASSIGN_OR_RETURN(const MarketState before, market.State(type));
  ASSIGN_OR_RETURN(const std::string recipient,
                   market.FindRecipient(order.product, order.recipient));
  // A slow site must not cost the lease, or another worker would begin the same conversation.
  if (ports_.clock.Now() - begun > rules_.lease / 3) {
    RETURN_IF_ERROR(ports_.orders.Renew(claimed, rules_.lease));
  }
  ASSIGN_OR_RETURN(const MarketInvoice offered, OpenInvoice(claimed, recipient, market));
  ASSIGN_OR_RETURN(Invoice invoice,
                   CheckInvoice(order, offered, rules_.payment, ports_.clock.Now()));
  invoice.state_was_not_done = !before.done();
  return invoice;
}

// A price that moves between request and invoice is asked for anew, a few times.
absl::StatusOr<MarketInvoice> PurchaseStep::OpenInvoice(const ClaimedOrder& claimed,
                                                        absl::string_view recipient_token,
                                                        MarketSession& market) {
  const Order& order = claimed.order;
  absl::StatusOr<MarketInvoice> offered = Fail(Reason::kPriceChanged, "the price kept changing");
  for (int attempt = 0; attempt < rules_.price_change_tries; ++attempt) {
    ASSIGN_OR_RETURN(const std::string request, market.OpenRequest(order.product, recipient_token));
    offered = market.FetchInvoice(order.product.type, request,
                                  AccountFor(order.payer, rules_.payment.network_global_id));
    if (ReasonOf(offered.status()) != Reason::kPriceChanged) break;
    RETURN_IF_ERROR(ports_.orders.Renew(claimed, rules_.lease));
  }
  return offered;
}

absl::StatusOr<absl::Time> PurchaseStep::Deliver(const ClaimedOrder& claimed) {
  const absl::StatusOr<std::optional<SessionLease>> lease = ports_.orders.AcquireSession(claimed);
  if (!lease.ok() || !lease->has_value()) return Undelivered(claimed);
  absl::StatusOr<OpenSession> session = Open(claimed, **lease);
  if (!session.ok()) return Undelivered(claimed);
  const absl::StatusOr<bool> delivered = SeeDelivery(claimed, *session);
  RETURN_IF_ERROR(KeepJar(claimed, *session));
  if (!delivered.ok() || !*delivered) return Undelivered(claimed);
  Order done = Move(claimed.order, OrderState::kDelivered, ports_.clock.Now());
  done.evidence = DeliveryEvidence::kSessionState;
  return MoveTo(claimed, {done, {}});
}

// Money rule 10: the state was stored as not done before signing, is done now, and only this order
// was on the session in between (the store lends a session to one order at a time).
absl::StatusOr<bool> PurchaseStep::SeeDelivery(const ClaimedOrder& claimed, OpenSession& session) {
  ASSIGN_OR_RETURN(const std::optional<PurchaseStore::PaidInvoice> paid,
                   ports_.orders.FindPaidInvoice(claimed.order.id));
  if (!paid || !paid->invoice.state_was_not_done) return false;
  if (claimed.tries < rules_.confirm_tries && !paid->invoice.confirm_method.empty()) {
    // Best effort: it may speed Fragment up, and its answer decides nothing.
    session.market
        ->Confirm(paid->invoice.confirm_method, paid->invoice.confirm_params,
                  AccountFor(claimed.order.payer, rules_.payment.network_global_id), paid->boc)
        .IgnoreError();
  }
  ASSIGN_OR_RETURN(const MarketState state, session.market->State(claimed.order.product.type));
  return state.done();
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

absl::StatusOr<PurchaseStep::OpenSession> PurchaseStep::Open(const ClaimedOrder& claimed,
                                                             const SessionLease& lease) {
  absl::StatusOr<Secret> jar = ports_.opener.Open(lease.jar, JarContext(lease));
  if (!jar.ok()) return jar.status();
  return OpenSession{lease, ports_.market.Open(claimed.order.session, *std::move(jar))};
}

absl::Status PurchaseStep::KeepJar(const ClaimedOrder&, const OpenSession& session) {
  if (!session.market->jar_changed()) return absl::OkStatus();
  const SealedSecret sealed = ports_.sealer.Seal(session.market->Jar(), JarContext(session.lease));
  // A lost race is fine: whoever won holds newer cookies.
  return ports_.orders.SaveJar(session.lease, sealed).status();
}

absl::StatusOr<absl::Time> PurchaseStep::End(const ClaimedOrder& claimed, const absl::Status& why) {
  const Order& order = claimed.order;
  const absl::Time now = ports_.clock.Now();
  if (claimed.hold_money) {
    return MoveTo(claimed, {Move(order, OrderState::kNeedsReview, now, ReasonFrom(why)), {}});
  }
  return MoveTo(
      claimed,
      {Move(order, OrderState::kFailed, now, ReasonFrom(why)),
       {Void(order.id, order.payer.wallet_address, order.quote.asset, order.quote.max_total)}});
}

absl::StatusOr<absl::Time> PurchaseStep::MoveTo(const ClaimedOrder& claimed, OrderChange change) {
  RETURN_IF_ERROR(ports_.orders.Save(claimed, change));
  ports_.signal.Changed(change.order);
  return absl::InfiniteFuture();
}

absl::StatusOr<absl::Time> PurchaseStep::Postpone(const ClaimedOrder& claimed,
                                                  absl::Duration after) {
  const absl::Time when = ports_.clock.Now() + after;
  RETURN_IF_ERROR(ports_.orders.Postpone(claimed, when));
  return when;
}

}  // namespace starlift
