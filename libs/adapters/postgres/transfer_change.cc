#include "adapters/postgres/transfer_change.h"

#include <pqxx/pqxx>
#include <set>
#include <string>

#include "adapters/postgres/error.h"
#include "adapters/postgres/order_changes.h"
#include "adapters/postgres/statement_columns.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// The lock stays until the commit: whoever claims the lane meanwhile waits for us, and finds our
// transfer.
constexpr Statement kHoldLane{"lane_hold", R"(
SELECT next_seqno, shut, house FROM lanes WHERE wallet = $1 AND fence = $2::bigint FOR UPDATE)"};

// Why one of the orders may not be signed for. A payment that died by expiry may be signed again by
// the same wallet under the same seqno alone: the chain then admits one of the two. One that the
// database lost and the witness log knows counts like any other. What the house pays is paid by no
// caller's wallet.
constexpr Statement kForbidden{"transfer_forbidden", R"(
SELECT 'A payment may still be executed under another seqno.'
  FROM payments p JOIN transfers t ON t.id = p.transfer_id
 WHERE p.order_id = ANY ($1::text[]) AND p.kind = 'purchase' AND t.provisional
   AND (t.wallet <> $2 OR t.seqno <> $3::bigint)
UNION ALL
SELECT 'A payment that the database lost may have been executed.' FROM lost_transfers
 WHERE CASE WHEN verdict NOT IN ('LIVE', 'UNKNOWN') THEN paid_orders && $1::text[]
            ELSE orders && $1::text[] AND (wallet <> $2 OR seqno <> $3::bigint) END
UNION ALL
SELECT 'The house pays this order, and the wallet is not the house''s.' FROM orders
 WHERE id = ANY ($1::text[]) AND funding = 'balance' AND NOT $4::boolean
 LIMIT 1)"};

constexpr Statement kInsertTransfer{"transfer_insert", R"(
WITH signed AS (
  INSERT INTO transfers (id, wallet, seqno, valid_until, boc, message_hash, normalized_hash, start_lt,
                         verdict, fence)
  VALUES ($1, $2, $3::bigint, $4::timestamptz, $5::bytea, $6, $7, $8::bigint, $9, $10::bigint)
  RETURNING id)
INSERT INTO payments (transfer_id, slot, kind, order_id, payee, amount, body_hash, verdict)
SELECT signed.id, p.* FROM signed,
  unnest($11::integer[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::text[], $17::text[])
    AS p)"};

Params TransferParams(const Lane& lane, const Transfer& transfer) {
  Columns payments(7);
  for (const Payment& payment : transfer.payments) {
    payments.StartRow()
        .Integer(payment.slot)
        .Text(PaymentKindName(payment.kind))
        .OptionalText(payment.order.value())
        .Text(payment.payee)
        .Integer(payment.amount.value())
        .Text(payment.body_hash)
        .Text(VerdictName(payment.verdict));
  }
  Params params;
  params.Text(transfer.id.value())
      .Text(transfer.wallet)
      .Integer(transfer.seqno)
      .Time(transfer.valid_until)
      .Bytes(transfer.boc)
      .Text(transfer.message_hash)
      .Text(transfer.normalized_hash)
      .Integer(transfer.start_lt)
      .Text(VerdictName(transfer.verdict))
      .Integer(lane.fence);
  payments.AppendTo(&params);
  return params;
}

// Every purchase in the transfer moves its order, and nothing else moves.
bool SameOrders(const Transfer& transfer, const std::vector<OrderChange>& changes) {
  std::multiset<OrderId> paid, moved;
  for (const Payment& payment : transfer.payments) {
    if (payment.kind == PaymentKind::kPurchase) paid.insert(payment.order);
  }
  for (const OrderChange& change : changes) moved.insert(change.order.id);
  return paid == moved;
}

absl::Status CheckSigning(Transaction& tx, const Lane& lane, const Transfer& transfer) {
  const auto held = tx.Run(kHoldLane, Params().Text(lane.wallet()).Integer(lane.fence));
  if (held.empty()) return TooLate();
  const pqxx::row line = held.front();
  RowReader row(line);
  const std::optional<int64_t> next = row.OptionalInteger();
  const bool shut = row.Boolean();
  const bool house = row.Boolean();
  if (shut) return TooLate();
  if (transfer.wallet != lane.wallet() || (next && *next != transfer.seqno)) {
    return Fail(Reason::kInternal, "The transfer's seqno is not the lane's next.");
  }
  ArrayText orders;
  for (const Payment& payment : transfer.payments) {
    if (payment.kind == PaymentKind::kPurchase) orders.Add(payment.order.value());
  }
  const auto forbidden = tx.Run(
      kForbidden,
      Params().Text(orders.text()).Text(lane.wallet()).Integer(transfer.seqno).Boolean(house));
  if (forbidden.empty()) return absl::OkStatus();
  return Fail(Reason::kInternal, forbidden.front()[0].c_str());
}

}  // namespace

absl::Status HoldLane(Transaction& tx, const Lane& lane) {
  const auto held = tx.Run(kHoldLane, Params().Text(lane.wallet()).Integer(lane.fence));
  return held.empty() ? TooLate() : absl::OkStatus();
}

absl::Status WriteTransfer(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                           const Transfer& transfer, const std::vector<OrderChange>& orders) {
  if (!SameOrders(transfer, orders)) {
    return Fail(Reason::kInternal, "The transfer and the orders' moves do not match.");
  }
  RETURN_IF_ERROR(CheckSigning(tx, lane, transfer));
  // The orders first: their locks, taken by state and sequence, decide before anything is inserted.
  ChangeGuard guard;
  guard.from = {OrderState::kInvoiced};
  guard.wallet = lane.wallet();
  RETURN_IF_ERROR(WriteChanges(tx, renderer, orders, guard));
  tx.Run(kInsertTransfer, TransferParams(lane, transfer));
  return absl::OkStatus();
}

}  // namespace starlift::postgres
