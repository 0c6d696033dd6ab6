#include "adapters/postgres/review_row.h"

#include <map>
#include <pqxx/pqxx>
#include <string>

#include "adapters/postgres/order_row.h"
#include "base/check.h"

namespace starlift::postgres {
namespace {

constexpr Statement kList{"review_list", R"(
SELECT {order}, extract(epoch FROM now() - orders.updated_at) * 1000000,
       COALESCE(l.shut, false), COALESCE(l.shut_reason, 'NONE'),
       COALESCE((SELECT i.amount FROM invoices i WHERE i.order_id = orders.id
                  ORDER BY i.fetched_at DESC, i.id DESC LIMIT 1), 0)
  FROM orders LEFT JOIN lanes l ON l.wallet = orders.wallet_address
 WHERE orders.state = 'NEEDS_REVIEW' AND ($1::text IS NULL OR orders.reason = $1)
   AND (orders.updated_at, orders.id) > (COALESCE($2::timestamptz, '-infinity'), $3::text)
 ORDER BY orders.updated_at, orders.id LIMIT $4::integer)"};

constexpr Statement kFind{"review_find", R"(
SELECT {order}, extract(epoch FROM now() - orders.updated_at) * 1000000,
       COALESCE(l.shut, false), COALESCE(l.shut_reason, 'NONE'),
       COALESCE((SELECT i.amount FROM invoices i WHERE i.order_id = orders.id
                  ORDER BY i.fetched_at DESC, i.id DESC LIMIT 1), 0)
  FROM orders LEFT JOIN lanes l ON l.wallet = orders.wallet_address
 WHERE orders.id = $1)"};

constexpr Statement kPayments{"review_payments", R"(
SELECT p.order_id, t.id, t.wallet, t.seqno, t.normalized_hash, t.valid_until, p.amount, p.verdict,
       t.provisional AND p.verdict = 'DEAD', t.transaction_hash, t.evidence
  FROM payments p JOIN transfers t ON t.id = p.transfer_id
 WHERE p.order_id = ANY ($1::text[]) AND p.kind = 'purchase'
 ORDER BY t.number)"};

// By the order's own id, or by what its invoices asked to be paid. A transfer that was executed
// without the order's part is dead for that order.
constexpr Statement kLost{"review_lost", R"(
SELECT o.id, l.wallet, l.seqno, l.normalized_hash, l.valid_until,
       CASE WHEN l.verdict = 'PAID' AND NOT o.id = ANY (l.paid_orders) THEN 'DEAD' ELSE l.verdict END,
       l.transaction_hash
  FROM unnest($1::text[]) AS o (id)
  JOIN lost_transfers l ON o.id = ANY (l.orders) OR EXISTS (
       SELECT 1 FROM invoices i WHERE i.order_id = o.id AND i.payload_hash = ANY (l.payload_hashes))
 ORDER BY l.number)"};

constexpr Statement kDecisions{"review_decisions", R"(
SELECT order_id, operator, reason, action, decided_at, sequence
  FROM operator_decisions WHERE order_id = ANY ($1::text[]) ORDER BY id)"};

constexpr Statement kLanes{"review_lanes", R"(
SELECT l.wallet, l.wallet_version, l.house, l.shut, l.shut_reason,
       (SELECT count(*) FROM unnest(l.displaced_at) AS d (at) WHERE d.at > now() - interval '10 minutes'),
       (SELECT count(*) FROM transfers t WHERE t.wallet = l.wallet AND t.provisional),
       (SELECT count(*) FROM orders o WHERE o.wallet_address = l.wallet AND o.state = 'INVOICED'),
       (SELECT count(*) FROM lost_transfers x
         WHERE x.wallet = l.wallet AND x.verdict IN ('LIVE', 'UNKNOWN')),
       CASE WHEN l.cool_until > now() THEN l.cool_until END,
       u.id, u.seqno, u.normalized_hash, u.valid_until, u.verdict, u.transaction_hash, u.evidence
  FROM lanes l
  LEFT JOIN transfers u ON u.wallet = l.wallet AND u.verdict IN ('LIVE', 'UNKNOWN')
 WHERE ($1::text IS NULL OR l.wallet = $1) AND l.wallet > $2 AND (l.shut OR NOT $3::boolean)
 ORDER BY l.wallet LIMIT $4::integer)"};

Review ReviewFromRow(RowReader& row) {
  Review review;
  review.order = OrderFromRow(row);
  review.waiting = absl::Microseconds(row.Integer());
  review.lane_shut = row.Boolean();
  review.lane_shut_reason = ParseReason(row.Text());
  review.invoice_amount = Units(row.Integer());
  return review;
}

ReviewedPayment PaymentFromRow(RowReader& row) {
  ReviewedPayment payment;
  payment.transfer = TransferId(row.Text());
  payment.wallet = row.Text();
  payment.seqno = row.Integer();
  payment.normalized_hash = row.Text();
  payment.valid_until = row.Time();
  payment.amount = Units(row.Integer());
  payment.verdict = ParseVerdict(row.Text());
  payment.provisional = row.Boolean();
  payment.transaction_hash = row.Text();
  payment.evidence = row.Text();
  return payment;
}

LostPayment LostFromRow(RowReader& row) {
  LostPayment lost;
  lost.wallet = row.Text();
  lost.seqno = row.Integer();
  lost.normalized_hash = row.Text();
  lost.valid_until = row.Time();
  lost.verdict = ParseVerdict(row.Text());
  lost.transaction_hash = row.Text();
  return lost;
}

OperatorDecision DecisionFromRow(RowReader& row) {
  OperatorDecision decision;
  decision.note.name = row.Text();
  decision.note.reason = row.Text();
  const std::optional<Resolution> resolution = ParseResolution(row.Text());
  STARLIFT_CHECK(resolution.has_value());
  decision.resolution = *resolution;
  decision.at = row.Time();
  decision.sequence = row.Integer();
  return decision;
}

std::optional<ReviewedPayment> UnresolvedFromRow(RowReader& row, const std::string& wallet) {
  if (row.IsNull()) return std::nullopt;
  ReviewedPayment unresolved;
  unresolved.transfer = TransferId(row.Text());
  unresolved.wallet = wallet;
  unresolved.seqno = row.Integer();
  unresolved.normalized_hash = row.Text();
  unresolved.valid_until = row.Time();
  unresolved.verdict = ParseVerdict(row.Text());
  unresolved.transaction_hash = row.Text();
  unresolved.evidence = row.Text();
  return unresolved;
}

LaneReport LaneFromRow(RowReader& row) {
  LaneReport lane;
  lane.wallet = row.Text();
  lane.version = ParseWalletVersion(row.Text());
  lane.house = row.Boolean();
  lane.shut = row.Boolean();
  lane.shut_reason = ParseReason(row.Text());
  lane.displacements = static_cast<int32_t>(row.Integer());
  lane.provisional = static_cast<int32_t>(row.Integer());
  lane.waiting = static_cast<int32_t>(row.Integer());
  lane.unjudged_lost = static_cast<int32_t>(row.Integer());
  const bool rests = !row.IsNull();
  const absl::Time cool_until = row.Time();
  if (rests) lane.cool_until = cool_until;
  lane.unresolved = UnresolvedFromRow(row, lane.wallet);
  return lane;
}

// Adds what other tables know of the orders.
void Complete(Transaction& tx, std::vector<Review>* reviews) {
  if (reviews->empty()) return;
  ArrayText ids;
  std::map<std::string, Review*> by_order;
  for (Review& review : *reviews) {
    ids.Add(review.order.id.value());
    by_order[review.order.id.value()] = &review;
  }
  const Params params = Params().Text(ids.text());
  for (const auto& line : tx.Run(kPayments, params)) {
    RowReader row(line);
    Review& review = *by_order.at(row.Text());
    review.payments.push_back(PaymentFromRow(row));
  }
  for (const auto& line : tx.Run(kLost, params)) {
    RowReader row(line);
    Review& review = *by_order.at(row.Text());
    review.lost.push_back(LostFromRow(row));
  }
  for (const auto& line : tx.Run(kDecisions, params)) {
    RowReader row(line);
    Review& review = *by_order.at(row.Text());
    review.decisions.push_back(DecisionFromRow(row));
  }
}

std::vector<Review> Read(Transaction& tx, const Statement& statement, const Params& params) {
  std::vector<Review> reviews;
  for (const auto& line : tx.Run(statement, params)) {
    RowReader row(line);
    reviews.push_back(ReviewFromRow(row));
  }
  Complete(tx, &reviews);
  return reviews;
}

std::vector<LaneReport> ReadLanesBy(Transaction& tx, const Params& params) {
  std::vector<LaneReport> lanes;
  for (const auto& line : tx.Run(kLanes, params)) {
    RowReader row(line);
    lanes.push_back(LaneFromRow(row));
  }
  return lanes;
}

}  // namespace

std::vector<Review> ReadReviews(Transaction& tx, const ReviewFilter& filter,
                                const std::optional<ReviewCursor>& after, int limit) {
  Params params;
  params.OptionalText(filter.reason == Reason::kNone ? "" : ReasonName(filter.reason))
      .Time(after ? after->updated_at : absl::InfiniteFuture())
      .ForeignText(after ? after->id : "")
      .Integer(limit);
  return Read(tx, kList, params);
}

std::optional<Review> ReadReview(Transaction& tx, const OrderId& order) {
  std::vector<Review> reviews = Read(tx, kFind, Params().ForeignText(order.value()));
  if (reviews.empty()) return std::nullopt;
  return std::move(reviews.front());
}

std::vector<LaneReport> ReadLanes(Transaction& tx, bool shut_only, absl::string_view after_wallet,
                                  int limit) {
  return ReadLanesBy(tx,
                     Params().Null().ForeignText(after_wallet).Boolean(shut_only).Integer(limit));
}

std::optional<LaneReport> ReadLane(Transaction& tx, absl::string_view wallet) {
  std::vector<LaneReport> lanes =
      ReadLanesBy(tx, Params().ForeignText(wallet).Text("").Boolean(false).Integer(1));
  if (lanes.empty()) return std::nullopt;
  return std::move(lanes.front());
}

}  // namespace starlift::postgres
