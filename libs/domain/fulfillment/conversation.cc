#include "domain/fulfillment/conversation.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "domain/fulfillment/history_rows.h"
#include "domain/fulfillment/invoice_check.h"
#include "domain/fulfillment/market_account.h"

namespace starlift {

absl::StatusOr<Invoice> Conversation::Run(Renew renew) {
  const absl::Time begun = clock_.Now();
  ASSIGN_OR_RETURN(const Baseline baseline, TakeBaseline());
  ASSIGN_OR_RETURN(const std::string recipient,
                   market_.FindRecipient(order_.product, order_.recipient));
  if (clock_.Now() - begun > rules_.lease / 3) RETURN_IF_ERROR(renew());
  ASSIGN_OR_RETURN(const MarketInvoice offered, OpenInvoice(recipient, renew));
  ASSIGN_OR_RETURN(Invoice invoice,
                   CheckInvoice(order_, lease_, offered, rules_.payment, clock_.Now()));
  invoice.state_was_not_done = baseline.state_was_not_done;
  invoice.history_baseline = baseline.history_rows;
  return invoice;
}

absl::StatusOr<Conversation::Baseline> Conversation::TakeBaseline() {
  const ProductType type = order_.product.type;
  Baseline baseline;
  // The page is the session's, not an order's. Where others are on the session it tells nothing, so
  // it is neither read nor reset: nobody else's purchase is taken off it.
  if (lease_.sole) {
    RETURN_IF_ERROR(market_.ResetState(type));
    ASSIGN_OR_RETURN(const MarketState before, market_.State(type));
    baseline.state_was_not_done = !before.done();
  }
  // Where others are on the session, or may come while this order is on it, only the history will
  // tell. Without a count to start from no delivery could ever be proved, so nothing is bought
  // then: the order waits, as for any answer that did not come.
  if (lease_.sole && !lease_.shared) return baseline;
  ASSIGN_OR_RETURN(const PurchaseHistory history, market_.History(type));
  baseline.history_rows = RowsOf(history, order_);
  if (baseline.history_rows.has_value()) return baseline;
  return Fail(Reason::kFragmentUnavailable, "the session's history cannot be counted on",
              {{"kind", "unreadable"}});
}

// A price that moves between request and invoice is asked for anew, a few times.
absl::StatusOr<MarketInvoice> Conversation::OpenInvoice(absl::string_view recipient_token,
                                                        Renew renew) {
  const MarketAccount account =
      AccountFor(order_.payer, lease_.wallet, rules_.payment.network_global_id);
  absl::StatusOr<MarketInvoice> offered = Fail(Reason::kPriceChanged, "the price kept changing");
  for (int attempt = 0; attempt < rules_.price_change_tries; ++attempt) {
    ASSIGN_OR_RETURN(const std::string request,
                     market_.OpenRequest(order_.product, recipient_token));
    offered = market_.FetchInvoice(order_.product.type, request, account);
    if (ReasonOf(offered.status()) != Reason::kPriceChanged) break;
    RETURN_IF_ERROR(renew());
  }
  return offered;
}

}  // namespace starlift
