#include "domain/payment/review.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "domain/ledger/ledger.h"
#include "domain/order/funding_account.h"
#include "domain/order/order_machine.h"

namespace starlift {
namespace {

constexpr absl::string_view kNames[] = {"requeue", "fail", "delivered", "accept_loss"};
constexpr Resolution kResolutions[] = {Resolution::kRequeue, Resolution::kFail,
                                       Resolution::kDelivered, Resolution::kAcceptLoss};

bool IsOpen(Verdict verdict) { return verdict == Verdict::kLive || verdict == Verdict::kUnknown; }

template <typename Payments>
bool Any(const Payments& payments, bool (*test)(Verdict)) {
  return std::any_of(payments.begin(), payments.end(),
                     [test](const auto& payment) { return test(payment.verdict); });
}

bool Has(const ErrorMetadata& metadata, absl::string_view name) {
  return std::any_of(metadata.begin(), metadata.end(),
                     [name](const auto& pair) { return pair.first == name; });
}

// The order waits because its wallet paid, or may have paid, without our row. What the chain itself
// showed is never undone; a transfer that the database lost counts by its verdict, and while none
// is known nobody knows.
enum class Unrecorded { kNothing, kPaid, kOpen };
Unrecorded UnrecordedPayment(const Review& review) {
  if (Any(review.lost, IsOpen)) return Unrecorded::kOpen;
  if (Any(review.lost, [](Verdict verdict) { return verdict == Verdict::kPaid; })) {
    return Unrecorded::kPaid;
  }
  if (review.order.reason != Reason::kPaymentWithoutRecord) return Unrecorded::kNothing;
  if (Has(review.order.reason_metadata, "transaction_hash")) return Unrecorded::kPaid;
  return review.lost.empty() ? Unrecorded::kOpen : Unrecorded::kNothing;
}

absl::string_view VerdictFor(const Review& review, ReviewStanding standing) {
  switch (standing) {
    case ReviewStanding::kOpen: {
      const auto live = [](Verdict verdict) { return verdict == Verdict::kLive; };
      return Any(review.payments, live) || Any(review.lost, live) ? "LIVE" : "UNKNOWN";
    }
    case ReviewStanding::kPaid:
    case ReviewStanding::kPaidUnrecorded:
      return "PAID";
    case ReviewStanding::kProvisional:
      return "PROVISIONAL";
    case ReviewStanding::kUnpaid:
      return review.payments.empty() && review.lost.empty() ? "NONE" : "DEAD";
  }
  return "UNKNOWN";
}

absl::Status NotAllowed(const Review& review, ReviewStanding standing, absl::string_view why) {
  return Fail(Reason::kResolutionNotAllowed, why,
              {{"verdict", std::string(VerdictFor(review, standing))}});
}

// What the review said stays said; beside it, that a person ended it.
MoveReason AfterReview(const Order& order, Resolution resolution) {
  MoveReason reason{order.reason, order.reason_message, order.reason_metadata};
  reason.metadata.emplace_back("resolution", std::string(ResolutionName(resolution)));
  return reason;
}

OrderChange Requeued(Order order, absl::Time now, absl::Duration execute_window) {
  order.invoice_attempts = 0;
  order.payment_attempts = 0;
  order.execute_by = std::max(order.execute_by, now + execute_window);
  return {Move(std::move(order), OrderState::kQueued, now), {}};
}

OrderChange FailedInReview(const Order& order, absl::Time now) {
  return {Move(order, OrderState::kFailed, now, AfterReview(order, Resolution::kFail)),
          {Void(order.id, FundingAccount(order), order.quote.asset, order.quote.max_total)}};
}

std::string UnrecordedTransaction(const Review& review) {
  for (const LostPayment& payment : review.lost) {
    if (payment.verdict == Verdict::kPaid) return payment.transaction_hash;
  }
  for (const auto& [name, value] : review.order.reason_metadata) {
    if (name == "transaction_hash") return value;
  }
  return "";
}

// The wallet that paid it. An order of `balance` may have none of its own: the database lost it.
std::string UnrecordedWallet(const Review& review) {
  if (!review.order.payer.wallet_address.empty()) return review.order.payer.wallet_address;
  for (const LostPayment& payment : review.lost) {
    if (payment.verdict == Verdict::kPaid) return payment.wallet;
  }
  return "";
}

// An order that was paid without our row still has its hold. It is posted as if the invoice had
// been paid to the nanoton: the invoice is what the payment was recognised by. Its fees are not
// known.
void PostUnrecorded(const Review& review, absl::Time now, OrderChange* change) {
  Order& order = change->order;
  const Units paid = review.invoice_amount > Units(0) ? review.invoice_amount : order.quote.cost;
  order.payment.transaction_hash = UnrecordedTransaction(review);
  order.payment.amount = paid;
  order.paid_at = now;
  Posting posting;
  posting.account = FundingAccount(order);
  const std::string wallet = UnrecordedWallet(review);
  posting.bearer = wallet.empty() ? posting.account : WalletAccount(wallet);
  posting.asset = order.quote.asset;
  posting.held = order.quote.max_total;
  posting.paid = paid;
  if (order.funding == Funding::kBalance) posting.commission = order.quote.commission;
  change->ledger.push_back(Post(order.id, posting));
}

bool AnotherWantedIt(const Review& review, const OperatorNote& note) {
  return std::any_of(review.decisions.begin(), review.decisions.end(), [&](const auto& decision) {
    return decision.resolution == Resolution::kAcceptLoss &&
           decision.sequence == review.order.sequence &&
           !SameOperator(decision.note.name, note.name);
  });
}

absl::StatusOr<ReviewOutcome> DecidePaid(const Review& review, const ReviewRequest& request,
                                         ReviewStanding standing, absl::Time now) {
  const Order& order = review.order;
  OrderChange change;
  switch (request.resolution) {
    case Resolution::kRequeue:
    case Resolution::kFail:
      return NotAllowed(review, standing, "the order was paid for: it is delivered, or a loss");
    case Resolution::kDelivered:
      change.order = Move(order, OrderState::kDelivered, now);
      change.order.evidence = DeliveryEvidence::kOperator;
      break;
    case Resolution::kAcceptLoss:
      if (!AnotherWantedIt(review, request.note)) return ReviewOutcome{};
      change.order =
          Move(order, OrderState::kReversed, now, AfterReview(order, Resolution::kAcceptLoss));
      break;
  }
  if (standing == ReviewStanding::kPaidUnrecorded) PostUnrecorded(review, now, &change);
  return ReviewOutcome{std::move(change)};
}

absl::StatusOr<ReviewOutcome> DecideUnpaid(const Review& review, const ReviewRequest& request,
                                           absl::Time now, absl::Duration execute_window) {
  constexpr ReviewStanding kStanding = ReviewStanding::kUnpaid;
  if (request.resolution == Resolution::kDelivered ||
      request.resolution == Resolution::kAcceptLoss) {
    return NotAllowed(review, kStanding, "nothing was ever paid for the order");
  }
  if (review.lane_shut) {
    return NotAllowed(review, kStanding,
                      "the wallet's lane is shut: nobody knows what the wallet did");
  }
  if (request.resolution == Resolution::kFail) {
    return ReviewOutcome{FailedInReview(review.order, now)};
  }
  return ReviewOutcome{Requeued(review.order, now, execute_window)};
}

}  // namespace

absl::string_view ResolutionName(Resolution resolution) {
  return kNames[static_cast<size_t>(resolution)];
}

std::optional<Resolution> ParseResolution(absl::string_view name) {
  for (Resolution resolution : kResolutions) {
    if (name == ResolutionName(resolution)) return resolution;
  }
  return std::nullopt;
}

ReviewStanding StandingOf(const Review& review) {
  if (Any(review.payments, IsOpen) || Any(review.lost, IsOpen)) return ReviewStanding::kOpen;
  const bool paid = Any(review.payments, [](Verdict verdict) { return verdict == Verdict::kPaid; });
  if (paid || review.order.paid_at != absl::InfiniteFuture()) return ReviewStanding::kPaid;
  const Unrecorded unrecorded = UnrecordedPayment(review);
  if (unrecorded == Unrecorded::kOpen) return ReviewStanding::kOpen;
  if (unrecorded == Unrecorded::kPaid) return ReviewStanding::kPaidUnrecorded;
  const bool provisional = std::any_of(review.payments.begin(), review.payments.end(),
                                       [](const auto& payment) { return payment.provisional; });
  return provisional ? ReviewStanding::kProvisional : ReviewStanding::kUnpaid;
}

absl::StatusOr<ReviewOutcome> DecideReview(const Review& review, const ReviewRequest& request,
                                           absl::Time now, absl::Duration execute_window) {
  if (review.order.state != OrderState::kNeedsReview) {
    return Fail(Reason::kNotInReview, "the order is not in review",
                {{"state", std::string(OrderStateName(review.order.state))}});
  }
  const ReviewStanding standing = StandingOf(review);
  switch (standing) {
    case ReviewStanding::kOpen:
      return NotAllowed(review, standing,
                        "a payment of the order may still be executed, or was: only the chain's "
                        "evidence leads out");
    case ReviewStanding::kProvisional:
      return NotAllowed(review, standing,
                        "the last payment is dead by expiry alone: the wallet's next transfer ends "
                        "that by itself");
    case ReviewStanding::kPaid:
    case ReviewStanding::kPaidUnrecorded:
      return DecidePaid(review, request, standing, now);
    case ReviewStanding::kUnpaid:
      return DecideUnpaid(review, request, now, execute_window);
  }
  return NotAllowed(review, standing, "the evidence is not understood");
}

std::vector<Resolution> AllowedResolutions(const Review& review) {
  std::vector<Resolution> allowed;
  for (Resolution resolution : kResolutions) {
    const ReviewRequest request{review.order.id, resolution, {}};
    const absl::Time now = review.order.updated_at;
    if (DecideReview(review, request, now, absl::ZeroDuration()).ok()) {
      allowed.push_back(resolution);
    }
  }
  return allowed;
}

absl::Status CheckOpenable(const LaneReport& lane) {
  if (!lane.unresolved && lane.unjudged_lost == 0) return absl::OkStatus();
  const Verdict verdict = lane.unresolved ? lane.unresolved->verdict : Verdict::kUnknown;
  return Fail(Reason::kResolutionNotAllowed,
              "a transfer of the wallet has no verdict yet: evidence opens the lane",
              {{"verdict", std::string(VerdictName(verdict))}});
}

absl::StatusOr<ReviewStore::Resolved> ReviewDesk::Resolve(const ReviewRequest& request) {
  RETURN_IF_ERROR(CheckOperatorNote(request.note));
  // The database keeps microseconds.
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  const ReviewStore::Rule rule = [&](const Review& review) {
    return DecideReview(review, request, now, execute_window_);
  };
  if (request.resolution == Resolution::kFail) RETURN_IF_ERROR(CheckReleasable(request.order));
  ASSIGN_OR_RETURN(const ReviewStore::Resolved resolved, store_.Resolve(request, rule));
  if (resolved.moved) {
    signal_.Changed(resolved.order);
    if (!IsTerminal(resolved.order.state)) {
      signal_.Announce({WorkItem::Kind::kOrder, resolved.order.id.value()});
    }
  }
  return resolved;
}

// What the database itself knows, DecideReview looks at; what it forgot is in the witness log
// alone.
absl::Status ReviewDesk::CheckReleasable(const OrderId& order) {
  if (releases_ == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<OrderId> held, releases_->Held({order}));
  if (held.empty()) return absl::OkStatus();
  return Fail(Reason::kResolutionNotAllowed,
              "the database lost a transfer that may have paid the order",
              {{"verdict", std::string(VerdictName(Verdict::kUnknown))}});
}

absl::StatusOr<LaneReport> ReviewDesk::OpenLane(absl::string_view wallet,
                                                const OperatorNote& note) {
  RETURN_IF_ERROR(CheckOperatorNote(note));
  ASSIGN_OR_RETURN(const LaneReport lane, store_.OpenLane(wallet, note, CheckOpenable));
  signal_.Announce({WorkItem::Kind::kLane, lane.wallet});
  return lane;
}

}  // namespace starlift
