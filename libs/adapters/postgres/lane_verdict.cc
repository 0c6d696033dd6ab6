#include "adapters/postgres/lane_verdict.h"

#include <algorithm>
#include <initializer_list>
#include <pqxx/pqxx>
#include <utility>

#include "adapters/postgres/error.h"
#include "adapters/postgres/order_changes.h"
#include "adapters/postgres/statement_columns.h"
#include "adapters/postgres/transfer_change.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// Only an unresolved transfer gets a verdict: what was proved stays proved.
constexpr Statement kResolveTransfer{"transfer_resolve", R"(
UPDATE transfers SET
    verdict = $3, provisional = $4::boolean, unknown_since = $5::timestamptz,
    transaction_hash = $6, transaction_lt = $7::bigint,
    evidence = COALESCE(NULLIF($8, ''), evidence),
    resolved_at = CASE WHEN $3 IN ('PAID', 'DEAD') THEN now() END
 WHERE id = $1 AND wallet = $2 AND verdict IN ('LIVE', 'UNKNOWN')
RETURNING 1)"};

// The chain admits one transfer under a seqno, and it took the other one.
constexpr Statement kLoseTransfer{"transfer_lose", R"(
UPDATE transfers SET verdict = 'DEAD', resolved_at = now(),
    evidence = COALESCE(NULLIF($4, ''), evidence)
 WHERE id = $1 AND wallet = $2 AND verdict IN ('LIVE', 'UNKNOWN')
   AND id <> $3 AND seqno = (SELECT seqno FROM transfers WHERE id = $3)
RETURNING 1)"};

constexpr Statement kResurrectTransfer{"transfer_resurrect", R"(
UPDATE transfers SET
    verdict = $3, provisional = false, transaction_hash = $4, transaction_lt = $5::bigint,
    evidence = COALESCE(NULLIF($6, ''), evidence), resolved_at = now()
 WHERE id = $1 AND wallet = $2 AND verdict = 'DEAD'
RETURNING 1)"};

constexpr Statement kResolvePayments{"transfer_resolve_payments", R"(
UPDATE payments SET verdict = v.verdict
  FROM unnest($3::integer[], $4::text[]) AS v (slot, verdict)
 WHERE transfer_id = $1 AND payments.slot = v.slot AND payments.verdict = ANY ($2::text[]))"};

// The seqno is used up by a known message: what had died under it or an earlier one is dead for
// good.
constexpr Statement kEndProvisional{"transfer_end_provisional", R"(
UPDATE transfers SET provisional = false
 WHERE wallet = $1 AND provisional AND seqno < $2::bigint)"};

// The same of what the database lost: under the seqno that a message of ours used, no other was
// executed. Under a lower one it may have been the lost message itself, so that stays with the
// chain's evidence.
constexpr Statement kEndLost{"lost_transfer_end", R"(
UPDATE lost_transfers SET verdict = 'DEAD', transaction_hash = '', paid_orders = '{}', judged_at = now()
 WHERE wallet = $1 AND seqno = $2::bigint - 1 AND verdict IN ('LIVE', 'UNKNOWN'))"};

// A lane that was shut because of this transfer's unknown verdict opens with a verdict; one that
// was shut for another reason stays shut. Displacements and the rest after them run by the
// database's clock.
constexpr Statement kAdvanceLane{"lane_advance", R"(
UPDATE lanes SET next_seqno = GREATEST(next_seqno, $2::bigint),
    last_lt = GREATEST(last_lt, $3::bigint),
    shut = CASE WHEN $6::boolean AND shut_reason = $5 THEN false ELSE shut OR $4::boolean END,
    shut_reason = CASE WHEN $6::boolean AND shut_reason = $5 THEN 'NONE'
                       WHEN $4::boolean AND NOT shut THEN $5 ELSE shut_reason END,
    displaced_at = CASE WHEN $7::boolean THEN ARRAY(
        SELECT at FROM unnest(displaced_at) AS at WHERE at > now() - interval '10 minutes') || now()
      ELSE displaced_at END,
    cool_until = COALESCE(now() + $8::bigint * interval '1 microsecond', cool_until)
 WHERE wallet = $1)"};

constexpr Statement kAdoptSeqno{"lane_adopt_seqno", R"(
UPDATE lanes SET next_seqno = $3::bigint, last_lt = GREATEST(last_lt, $4::bigint)
 WHERE wallet = $1 AND fence = $2::bigint AND (next_seqno IS NULL OR next_seqno <= $3::bigint)
RETURNING 1)"};

// `before`: the verdicts that a payment may have now; one with another keeps it.
void WritePayments(Transaction& tx, const Transfer& transfer,
                   std::initializer_list<Verdict> before) {
  ArrayText from;
  for (const Verdict verdict : before) from.Add(VerdictName(verdict));
  Columns payments(2);
  for (const Payment& payment : transfer.payments) {
    payments.StartRow().Integer(payment.slot).Text(VerdictName(payment.verdict));
  }
  Params params;
  params.Text(transfer.id.value()).Text(from.text());
  payments.AppendTo(&params);
  tx.Run(kResolvePayments, params);
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
                                                     .Integer(resolution.transaction_lt)
                                                     .ForeignText(resolution.evidence));
  if (resolved.empty()) return TooLate();
  WritePayments(tx, transfer, {Verdict::kLive, Verdict::kUnknown});
  return absl::OkStatus();
}

bool IsDead(const Transfer& transfer) {
  return transfer.verdict == Verdict::kDead && !transfer.provisional &&
         std::all_of(transfer.payments.begin(), transfer.payments.end(),
                     [](const Payment& payment) { return payment.verdict == Verdict::kDead; });
}

absl::Status WriteLoser(Transaction& tx, const LaneResurrection& resurrection) {
  const Transfer& loser = *resurrection.loser;
  if (!IsDead(loser)) return Fail(Reason::kInternal, "The loser of a seqno is dead for good.");
  const auto lost = tx.Run(kLoseTransfer, Params()
                                              .Text(loser.id.value())
                                              .Text(resurrection.winner.wallet)
                                              .Text(resurrection.winner.id.value())
                                              .ForeignText(resurrection.evidence));
  if (lost.empty()) return TooLate();
  WritePayments(tx, loser, {Verdict::kLive, Verdict::kUnknown});
  return absl::OkStatus();
}

absl::Status WriteWinner(Transaction& tx, const LaneResurrection& resurrection) {
  const Transfer& winner = resurrection.winner;
  if (winner.verdict != Verdict::kPaid && !IsDead(winner)) {
    return Fail(Reason::kInternal, "A transfer comes back to its last verdict.");
  }
  const auto won = tx.Run(kResurrectTransfer, Params()
                                                  .Text(winner.id.value())
                                                  .Text(winner.wallet)
                                                  .Text(VerdictName(winner.verdict))
                                                  .Text(resurrection.transaction_hash)
                                                  .Integer(resurrection.transaction_lt)
                                                  .ForeignText(resurrection.evidence));
  if (won.empty()) return TooLate();
  WritePayments(tx, winner, {Verdict::kDead});
  return absl::OkStatus();
}

// How a lane goes on.
struct Advance {
  std::optional<int64_t> next_seqno;
  int64_t last_lt = 0;
  bool shut = false;    // the verdict is unknown
  bool proved = false;  // the unresolved transfer has a verdict now
  bool displaced = false;
  absl::Duration cool_down;
};

void WriteAdvance(Transaction& tx, const Lane& lane, const Advance& advance) {
  if (advance.next_seqno) {
    const Params used = Params().Text(lane.wallet()).Integer(*advance.next_seqno);
    tx.Run(kEndProvisional, used);
    tx.Run(kEndLost, used);
  }
  Params params;
  params.Text(lane.wallet())
      .OptionalInteger(advance.next_seqno)
      .Integer(advance.last_lt)
      .Boolean(advance.shut)
      .Text(ReasonName(Reason::kPaymentVerdictUnknown))
      .Boolean(advance.proved)
      .Boolean(advance.displaced);
  advance.cool_down > absl::ZeroDuration() ? params.Micros(advance.cool_down) : params.Null();
  tx.Run(kAdvanceLane, params);
}

ChangeGuard GuardOf(const Lane& lane, std::vector<OrderState> from) {
  ChangeGuard guard;
  guard.from = std::move(from);
  guard.wallet = lane.wallet();
  return guard;
}

}  // namespace

absl::Status WriteResolution(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                             const LaneResolution& resolution) {
  RETURN_IF_ERROR(HoldLane(tx, lane));
  if (resolution.transfer.wallet != lane.wallet()) return TooLate();
  RETURN_IF_ERROR(WriteVerdicts(tx, resolution));
  RETURN_IF_ERROR(WriteChanges(tx, renderer, resolution.orders,
                               GuardOf(lane, {OrderState::kPaying, OrderState::kNeedsReview})));
  Advance advance;
  advance.next_seqno = resolution.next_seqno;
  advance.last_lt = resolution.last_lt;
  advance.shut = resolution.shut;
  const Verdict verdict = resolution.transfer.verdict;
  advance.proved = verdict == Verdict::kPaid || verdict == Verdict::kDead;
  advance.displaced = resolution.displaced;
  advance.cool_down = resolution.cool_down;
  WriteAdvance(tx, lane, advance);
  return absl::OkStatus();
}

absl::Status WriteResurrection(Transaction& tx, const EventRenderer& renderer, const Lane& lane,
                               const LaneResurrection& resurrection) {
  RETURN_IF_ERROR(HoldLane(tx, lane));
  if (resurrection.winner.wallet != lane.wallet()) return TooLate();
  // The one dies before the other lives: so the unique indexes hold at every moment.
  if (resurrection.loser) RETURN_IF_ERROR(WriteLoser(tx, resurrection));
  RETURN_IF_ERROR(WriteWinner(tx, resurrection));
  RETURN_IF_ERROR(WriteChanges(tx, renderer, resurrection.orders,
                               GuardOf(lane, {OrderState::kQueued, OrderState::kInvoiced,
                                              OrderState::kPaying, OrderState::kNeedsReview})));
  Advance advance;
  advance.next_seqno = resurrection.next_seqno;
  advance.last_lt = resurrection.last_lt;
  advance.proved = resurrection.loser.has_value();
  WriteAdvance(tx, lane, advance);
  return absl::OkStatus();
}

absl::Status WriteAdoption(Transaction& tx, const Lane& lane, int64_t next_seqno, int64_t last_lt) {
  const auto adopted =
      tx.Run(kAdoptSeqno,
             Params().Text(lane.wallet()).Integer(lane.fence).Integer(next_seqno).Integer(last_lt));
  if (adopted.empty()) return TooLate();
  tx.Run(kEndProvisional, Params().Text(lane.wallet()).Integer(next_seqno));
  return absl::OkStatus();
}

}  // namespace starlift::postgres
