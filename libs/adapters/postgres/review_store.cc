#include "adapters/postgres/review_store.h"

#include <pqxx/pqxx>
#include <utility>

#include "adapters/postgres/error.h"
#include "adapters/postgres/order_change.h"
#include "adapters/postgres/order_row.h"
#include "adapters/postgres/review_row.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

constexpr Statement kWalletOf{"review_wallet_of",
                              "SELECT wallet_address FROM orders WHERE id = $1"};

// As the lanes themselves do: the lane first, then its orders. Verdicts are written under the
// lane's lock, so they stay as they are.
constexpr Statement kLockLane{"review_lock_lane",
                              "SELECT 1 FROM lanes WHERE wallet = $1 FOR UPDATE"};
constexpr Statement kLockOrder{"review_lock_order", R"(
SELECT 1 FROM orders WHERE id = $1 AND COALESCE(wallet_address, '') = $2 FOR UPDATE)"};

constexpr Statement kRecordDecision{"review_record_decision", R"(
INSERT INTO operator_decisions (operator, action, order_id, sequence, reason)
VALUES ($1, $2, $3, $4::bigint, $5))"};

constexpr Statement kOpenLane{"review_open_lane", R"(
WITH opened AS (
  -- A person vouches for what the wallet did: the chain says anew which seqno is next.
  UPDATE lanes SET shut = false, shut_reason = 'NONE', called = true, next_attempt_at = now(),
                   next_seqno = CASE WHEN EXISTS (
                     SELECT 1 FROM transfers t
                      WHERE t.wallet = $1 AND t.verdict IN ('LIVE', 'UNKNOWN')) THEN next_seqno END
   WHERE wallet = $1 AND shut RETURNING wallet)
INSERT INTO operator_decisions (operator, action, wallet, reason)
SELECT $2, 'open_lane', wallet, $3 FROM opened)"};

// Locks what the decision rests on. NOT_FOUND, or CONCURRENT_REQUEST when the order was given a
// wallet meanwhile.
absl::Status Lock(Transaction& tx, const OrderId& order) {
  const auto found = tx.Run(kWalletOf, Params().ForeignText(order.value()));
  if (found.empty()) return Fail(Reason::kOrderNotFound, "no such order");
  const pqxx::row line = found.front();
  const std::string wallet = RowReader(line).Text();
  if (!wallet.empty()) tx.Run(kLockLane, Params().Text(wallet));
  const auto locked = tx.Run(kLockOrder, Params().Text(order.value()).Text(wallet));
  return locked.empty() ? TooLate() : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Review>> PostgresReviewStore::List(
    const ReviewFilter& filter, const std::optional<ReviewCursor>& after, int limit) {
  std::vector<Review> reviews;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    reviews = ReadReviews(tx, filter, after, limit);
    return absl::OkStatus();
  }));
  return reviews;
}

absl::StatusOr<Review> PostgresReviewStore::Find(const OrderId& order) {
  std::optional<Review> review;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    review = ReadReview(tx, order);
    return absl::OkStatus();
  }));
  if (!review) return Fail(Reason::kOrderNotFound, "no such order");
  return *std::move(review);
}

absl::StatusOr<ReviewStore::Resolved> PostgresReviewStore::Resolve(const ReviewRequest& request,
                                                                   const Rule& rule) {
  Resolved resolved;
  RETURN_IF_ERROR(SafeToRepeat(pool_.InTransaction([&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Lock(tx, request.order));
    const std::optional<Review> review = ReadReview(tx, request.order);
    if (!review) return TooLate();
    ASSIGN_OR_RETURN(const ReviewOutcome outcome, rule(*review));
    tx.Run(kRecordDecision, Params()
                                .Text(request.note.name)
                                .Text(ResolutionName(request.resolution))
                                .Text(request.order.value())
                                .Integer(review->order.sequence)
                                .ForeignText(request.note.reason));
    resolved = {review->order, false};
    if (!outcome.change) return absl::OkStatus();
    ChangeGuard guard;
    guard.from = {OrderState::kNeedsReview};
    RETURN_IF_ERROR(WriteChange(tx, renderer_, *outcome.change, guard));
    resolved = {AsStored(outcome.change->order), true};
    return absl::OkStatus();
  })));
  return resolved;
}

absl::StatusOr<std::vector<LaneReport>> PostgresReviewStore::ListLanes(
    bool shut_only, absl::string_view after_wallet, int limit) {
  std::vector<LaneReport> lanes;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    lanes = ReadLanes(tx, shut_only, after_wallet, limit);
    return absl::OkStatus();
  }));
  return lanes;
}

absl::StatusOr<LaneReport> PostgresReviewStore::OpenLane(absl::string_view wallet,
                                                         const OperatorNote& note,
                                                         const LaneRule& rule) {
  std::optional<LaneReport> lane;
  RETURN_IF_ERROR(SafeToRepeat(pool_.InTransaction([&](Transaction& tx) -> absl::Status {
    tx.Run(kLockLane, Params().ForeignText(wallet));
    lane = ReadLane(tx, wallet);
    if (!lane) return Fail(Reason::kWalletNotFound, "no such lane");
    if (!lane->shut) return absl::OkStatus();
    RETURN_IF_ERROR(rule(*lane));
    tx.Run(kOpenLane, Params().Text(lane->wallet).Text(note.name).ForeignText(note.reason));
    lane->shut = false;
    lane->shut_reason = Reason::kNone;
    return absl::OkStatus();
  })));
  return *std::move(lane);
}

}  // namespace starlift::postgres
