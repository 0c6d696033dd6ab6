#include "adapters/postgres/transfer_change.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/error.h"
#include "adapters/postgres/order_change.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// The lock stays until the commit: whoever claims the lane meanwhile waits for us, and finds our
// transfer.
constexpr Statement kHoldLane{"lane_hold", R"(
SELECT next_seqno, shut FROM lanes WHERE wallet = $1 AND fence = $2::bigint FOR UPDATE)"};

// A payment that died by expiry may be signed again by the same wallet under the same seqno alone:
// the chain then admits one of the two.
constexpr Statement kForbiddenAgain{"transfer_forbidden_again", R"(
SELECT 1 FROM payments p JOIN transfers t ON t.id = p.transfer_id
 WHERE p.order_id = ANY ($1::text[]) AND p.kind = 'purchase' AND t.provisional
   AND (t.wallet <> $2 OR t.seqno <> $3::bigint) LIMIT 1)"};

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

// Only an unresolved transfer gets a verdict: what was proved stays proved.
constexpr Statement kResolveTransfer{"transfer_resolve", R"(
UPDATE transfers SET
    verdict = $3, provisional = $4::boolean, unknown_since = $5::timestamptz,
    transaction_hash = $6, transaction_lt = $7::bigint,
    resolved_at = CASE WHEN $3 IN ('PAID', 'DEAD') THEN now() END
 WHERE id = $1 AND wallet = $2 AND verdict IN ('LIVE', 'UNKNOWN')
RETURNING 1)"};

constexpr Statement kResolvePayments{"transfer_resolve_payments", R"(
UPDATE payments SET verdict = v.verdict
  FROM unnest($2::integer[], $3::text[]) AS v (slot, verdict)
 WHERE transfer_id = $1 AND payments.slot = v.slot AND payments.verdict IN ('LIVE', 'UNKNOWN'))"};

// The seqno is used up by a known message: what had died under it or an earlier one is dead for
// good.
constexpr Statement kEndProvisional{"transfer_end_provisional", R"(
UPDATE transfers SET provisional = false
 WHERE wallet = $1 AND provisional AND seqno < $2::bigint)"};

// A lane that was shut because of this transfer's unknown verdict opens with a verdict; one that
// was shut for another reason stays shut.
constexpr Statement kAdvanceLane{"lane_advance", R"(
UPDATE lanes SET next_seqno = GREATEST(next_seqno, $2::bigint),
    last_lt = GREATEST(last_lt, $3::bigint),
    shut = CASE WHEN $6::boolean AND shut_reason = $5 THEN false ELSE shut OR $4::boolean END,
    shut_reason = CASE WHEN $6::boolean AND shut_reason = $5 THEN 'NONE'
                       WHEN $4::boolean AND NOT shut THEN $5 ELSE shut_reason END
 WHERE wallet = $1)"};

constexpr Statement kAdoptSeqno{"lane_adopt_seqno", R"(
UPDATE lanes SET next_seqno = $3::bigint, last_lt = GREATEST(last_lt, $4::bigint)
 WHERE wallet = $1 AND fence = $2::bigint AND (next_seqno IS NULL OR next_seqno <= $3::bigint)
RETURNING 1)"};

Params TransferParams(const Lane& lane, const Transfer& transfer) {
  ArrayText slots, kinds, orders, payees, amounts, hashes, verdicts;
  for (const Payment& payment : transfer.payments) {
    slots.Add(absl::StrCat(payment.slot));
    kinds.Add(PaymentKindName(payment.kind));
    payment.order.empty() ? orders.AddNull() : orders.Add(payment.order.value());
    payees.Add(payment.payee);
    amounts.Add(absl::StrCat(payment.amount.value()));
    hashes.Add(payment.body_hash);
    verdicts.Add(VerdictName(payment.verdict));
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
  for (const ArrayText* array : {&slots, &kinds, &orders, &payees, &amounts, &hashes, &verdicts}) {
    params.Text(array->text());
  }
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
  const auto held = tx.Run(kHoldLane, Params().Text(lane.wallet).Integer(lane.fence));
  if (held.empty()) return TooLate();
  const pqxx::row line = held.front();
  RowReader row(line);
  const std::optional<int64_t> next = row.OptionalInteger();
  if (row.Boolean()) return TooLate();
  if (transfer.wallet != lane.wallet || (next && *next != transfer.seqno)) {
    return Fail(Reason::kInternal, "The transfer's seqno is not the lane's next.");
  }
  ArrayText orders;
  for (const Payment& payment : transfer.payments) orders.Add(payment.order.value());
  const auto forbidden = tx.Run(
      kForbiddenAgain, Params().Text(orders.text()).Text(lane.wallet).Integer(transfer.seqno));
  if (forbidden.empty()) return absl::OkStatus();
  return Fail(Reason::kInternal, "A payment may still be executed under another seqno.");
}

// Orders that end touch their sessions; in one direction only, so that no two writers wait in a
// circle. Several moves of one order stay in their order.
std::vector<OrderChange> BySession(std::vector<OrderChange> changes) {
  std::stable_sort(changes.begin(), changes.end(), [](const OrderChange& a, const OrderChange& b) {
    return std::tie(a.order.session, a.order.tenant, a.order.id) <
           std::tie(b.order.session, b.order.tenant, b.order.id);
  });
  return changes;
}

absl::Status WriteChanges(Transaction& tx, const EventRenderer& renderer,
                          const std::vector<OrderChange>& changes, const ChangeGuard& first) {
  const OrderChange* previous = nullptr;
  const std::vector<OrderChange> sorted = BySession(changes);
  for (const OrderChange& change : sorted) {
    ChangeGuard guard = first;
    if (previous != nullptr && previous->order.id == change.order.id) {
      guard.from = {previous->order.state};
    }
    RETURN_IF_ERROR(WriteChange(tx, renderer, change, guard));
    previous = &change;
  }
  return absl::OkStatus();
}

absl::Status WriteVerdicts(Transaction& tx, const LaneResolution& resolution) {
  const Transfer& transfer = resolution.transfer;
  const auto resolved = tx.Run(kResolveTransfer, Params()
                                                     .Text(transfer.id.value())
                                                     .Text(transfer.wallet)
                                                     .Text(VerdictName(transfer.verdict))
                                                     .Boolean(transfer.provisional)
                                                     .Time(transfer.unknown_since)
                                                     .Text(resolution.transaction_hash)
                                                     .Integer(resolution.transaction_lt));
  if (resolved.empty()) return TooLate();
  ArrayText slots, verdicts;
  for (const Payment& payment : transfer.payments) {
    slots.Add(absl::StrCat(payment.slot));
    verdicts.Add(VerdictName(payment.verdict));
  }
  tx.Run(kResolvePayments,
         Params().Text(transfer.id.value()).Text(slots.text()).Text(verdicts.text()));
  return absl::OkStatus();
}

}  // namespace

absl::Status HoldLane(Transaction& tx, const Lane& lane) {
  const auto held = tx.Run(kHoldLane, Params().Text(lane.wallet).Integer(lane.fence));
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
  guard.wallet = lane.wallet;
  RETURN_IF_ERROR(WriteChanges(tx, renderer, orders, guard));
  tx.Run(kInsertTransfer, TransferParams(lane, transfer));
  return absl::OkStatus();
}

absl::Status WriteResolution(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                             const LaneResolution& resolution) {
  RETURN_IF_ERROR(HoldLane(tx, lane));
  RETURN_IF_ERROR(WriteVerdicts(tx, resolution));
  ChangeGuard guard;
  guard.from = {OrderState::kPaying, OrderState::kNeedsReview};
  guard.wallet = lane.wallet;
  RETURN_IF_ERROR(WriteChanges(tx, renderer, resolution.orders, guard));
  if (resolution.next_seqno) {
    tx.Run(kEndProvisional, Params().Text(lane.wallet).Integer(*resolution.next_seqno));
  }
  const Verdict verdict = resolution.transfer.verdict;
  tx.Run(kAdvanceLane, Params()
                           .Text(lane.wallet)
                           .OptionalInteger(resolution.next_seqno)
                           .Integer(resolution.last_lt)
                           .Boolean(resolution.shut)
                           .Text(ReasonName(Reason::kPaymentVerdictUnknown))
                           .Boolean(verdict == Verdict::kPaid || verdict == Verdict::kDead));
  return absl::OkStatus();
}

absl::Status WriteAdoption(Transaction& tx, const Lane& lane, int64_t next_seqno, int64_t last_lt) {
  const auto adopted =
      tx.Run(kAdoptSeqno,
             Params().Text(lane.wallet).Integer(lane.fence).Integer(next_seqno).Integer(last_lt));
  if (adopted.empty()) return TooLate();
  tx.Run(kEndProvisional, Params().Text(lane.wallet).Integer(next_seqno));
  return absl::OkStatus();
}

}  // namespace starlift::postgres
