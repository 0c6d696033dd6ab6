#include "domain/fulfillment/delivery_watch.h"

#include <optional>

#include "base/status_macros.h"
#include "domain/fulfillment/history_rows.h"
#include "domain/fulfillment/market_account.h"

namespace starlift {

absl::StatusOr<DeliveryEvidence> DeliveryWatch::Look(const ClaimedOrder& claimed,
                                                     const SessionLease& lease,
                                                     MarketSession& market) {
  const Order& order = claimed.order;
  ASSIGN_OR_RETURN(const std::optional<PurchaseStore::PaidInvoice> paid,
                   orders_.FindPaidInvoice(order.id));
  if (!paid) return DeliveryEvidence::kNone;
  const Invoice& invoice = paid->invoice;
  if (claimed.tries < rules_.confirm_tries && !invoice.confirm_method.empty()) {
    // Best effort: it may speed Fragment up, and its answer decides nothing.
    const MarketAccount account =
        AccountFor(order.payer, lease.wallet, rules_.payment.network_global_id);
    market.Confirm(invoice.confirm_method, invoice.confirm_params, account, paid->boc)
        .IgnoreError();
  }
  if (lease.sole && invoice.state_was_not_done) {
    ASSIGN_OR_RETURN(const bool seen, SeenOnPage(claimed, lease, market));
    return seen ? DeliveryEvidence::kSessionState : DeliveryEvidence::kNone;
  }
  if (!invoice.history_baseline) return DeliveryEvidence::kNone;
  ASSIGN_OR_RETURN(const bool seen, SeenInHistory(order, *invoice.history_baseline, market));
  return seen ? DeliveryEvidence::kHistory : DeliveryEvidence::kNone;
}

absl::StatusOr<bool> DeliveryWatch::SeenOnPage(const ClaimedOrder& claimed,
                                               const SessionLease& lease, MarketSession& market) {
  ASSIGN_OR_RETURN(const MarketState state, market.State(claimed.order.product.type));
  if (!state.done() || !lease.shared) return state.done();
  // Somebody may have come onto the session before the page was read: then it may be his purchase.
  ASSIGN_OR_RETURN(const std::optional<SessionLease> now, orders_.AcquireSession(claimed));
  return now.has_value() && now->sole;
}

// The history first and the rivals after it: a rival that is counted too late makes the rows look
// scarcer than they are, never more plentiful.
absl::StatusOr<bool> DeliveryWatch::SeenInHistory(const Order& order, int32_t baseline,
                                                  MarketSession& market) {
  ASSIGN_OR_RETURN(const PurchaseHistory history, market.History(order.product.type));
  const std::optional<int32_t> rows = RowsOf(history, order);
  if (!rows || *rows <= baseline) return false;
  ASSIGN_OR_RETURN(const HistoryRivals rivals, orders_.FindRivals(order));
  return *rows - baseline > rivals.delivered_since + rivals.paid_before;
}

}  // namespace starlift
