// The part of LaneStep that looks after an unresolved transfer until evidence decides.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/order_machine.h"
#include "domain/payment/conclusion.h"
#include "domain/payment/evidence.h"
#include "domain/payment/lane_step.h"

namespace starlift {
namespace {

constexpr int kOverduePage = 200;

// The newest state that any provider showed; `otherwise` when none did.
absl::Time NewestState(const std::vector<Evidence>& evidence, absl::Time otherwise) {
  absl::Time newest = absl::InfinitePast();
  for (const Evidence& one : evidence) {
    if (one.account) newest = std::max(newest, one.account->state_time);
  }
  return newest == absl::InfinitePast() ? otherwise : newest;
}

// The transaction that used the seqno is this transfer's: it was executed, whatever it sent.
bool Executed(const Judgement& judgement) {
  return judgement.transaction && !judgement.provisional &&
         (judgement.verdict == Verdict::kPaid || judgement.verdict == Verdict::kDead);
}

}  // namespace

absl::StatusOr<absl::Time> LaneStep::Follow(const Lane& lane, const Transfer& transfer) {
  ASSIGN_OR_RETURN(const std::vector<Order> orders, ports_.lanes.OrdersOf(transfer));
  for (const Order& order : orders) {
    if (order.state == OrderState::kPaying || order.state == OrderState::kNeedsReview) continue;
    return Fail(Reason::kConcurrentRequest, "another worker has resolved this transfer");
  }
  // A worker died between commit and send, or the witness log was away. Bytes whose time is over
  // need not be sent any more (and where they were, they are judged like any others).
  if (transfer.sends == 0 && ports_.clock.Now() < transfer.valid_until) {
    return Send(lane, transfer.id);
  }
  const std::vector<Evidence> evidence = GatherEvidence(ports_.chain, transfer, lane.payer, rules_);
  const Judgement judgement = Judge(transfer, evidence, rules_);
  // Somebody else's message used the seqno: perhaps an earlier one of ours, held dead by expiry.
  if (judgement.verdict != Verdict::kPaid && judgement.seqno_used && !judgement.transaction) {
    ASSIGN_OR_RETURN(const std::optional<absl::Time> revived, LookForResurrection(lane));
    if (revived) return *revived;
  }
  switch (judgement.verdict) {
    case Verdict::kLive:
      // Long past its time and still nothing learnt: a provider that is down or far behind. That is
      // no verdict, but a person should know in the end.
      if (ports_.clock.Now() >= transfer.valid_until + 2 * rules_.expiry_margin) {
        return Doubt(lane, transfer, judgement, evidence, orders);
      }
      return KeepAlive(lane, transfer, evidence);
    case Verdict::kUnknown:
      return Doubt(lane, transfer, judgement, evidence, orders);
    case Verdict::kPaid:
    case Verdict::kDead:
      return Settle(lane, judgement, evidence, orders);
  }
  return ComeBack(lane, rules_.read_retry);
}

// Sends the same bytes again while they can still be executed. Our clock only saves a useless call:
// bytes that come too late are refused by the contract.
absl::StatusOr<absl::Time> LaneStep::KeepAlive(const Lane& lane, const Transfer& transfer,
                                               const std::vector<Evidence>& evidence) {
  const absl::Time now = ports_.clock.Now();
  const absl::Duration since = now - transfer.sent_at;
  const bool due = since >= rules_.resend_every || since < -rules_.resend_every;
  if (NewestState(evidence, now) < transfer.valid_until && due) return Send(lane, transfer.id);
  return ComeBack(lane, evidence.empty() ? rules_.read_retry : rules_.poll_every);
}

// Unknown stays unknown: after the limit a person is called, and evidence that comes later still
// counts.
absl::StatusOr<absl::Time> LaneStep::Doubt(const Lane& lane, Transfer transfer,
                                           const Judgement& judgement,
                                           const std::vector<Evidence>& evidence,
                                           const std::vector<Order>& orders) {
  const absl::Time now = ports_.clock.Now();
  // An index that is seconds behind the account is everyday life and needs no row. (A clock that
  // went back only makes a person wait longer for the call.)
  if (now - transfer.created_at < rules_.expiry_margin) return ComeBack(lane, rules_.poll_every);
  const bool first = transfer.unknown_since == absl::InfiniteFuture();
  if (first) transfer.unknown_since = now;
  const bool review = now - transfer.unknown_since >= rules_.unknown_limit;
  LaneResolution resolution;
  for (const Order& order : orders) {
    if (!review || order.state != OrderState::kPaying) continue;
    resolution.orders.push_back({Move(order, OrderState::kNeedsReview, now,
                                      {Reason::kPaymentVerdictUnknown, judgement.why, {}}),
                                 {}});
  }
  if (first || !resolution.orders.empty() || (review && !lane.shut)) {
    transfer.verdict = Verdict::kUnknown;
    for (Payment& payment : transfer.payments) payment.verdict = Verdict::kUnknown;
    resolution.transfer = transfer;
    resolution.evidence = Describe(evidence);
    resolution.shut = review;
    RETURN_IF_ERROR(ports_.lanes.Resolve(lane, resolution));
    TellAll(resolution.orders, false);
  }
  return review ? EndOverdue(lane) : ComeBack(lane, rules_.read_retry);
}

// Orders that wait behind a transfer which nobody can judge still come to the end of their time.
// Nobody knows what the wallet did, so their money stays held.
absl::StatusOr<absl::Time> LaneStep::EndOverdue(const Lane& lane) {
  ASSIGN_OR_RETURN(const std::vector<PayableOrder> waiting,
                   ports_.lanes.NextPayables(lane, kOverduePage));
  WaitingOrders sorted = SortWaiting(waiting, true, ports_.clock.Now(), rules_);
  if (sorted.moves.empty()) return ComeBack(lane, rules_.review_poll_every);
  return MoveWaiting(lane, std::move(sorted.moves));
}

absl::StatusOr<absl::Time> LaneStep::Settle(const Lane& lane, const Judgement& judgement,
                                            const std::vector<Evidence>& evidence,
                                            const std::vector<Order>& orders) {
  const absl::Time now = ports_.clock.Now();
  const bool burnt = lane.unresolved->payments.empty() && judgement.verdict == Verdict::kPaid;
  Held held;
  if (burnt && !lane.shut) {
    ASSIGN_OR_RETURN(held, Releasable(lane, lane.unresolved->seqno));
  }
  const LaneResolution resolution =
      burnt ? ConcludeBurn(lane, judgement, held, Describe(evidence), now)
            : Conclude(lane, judgement, orders, Describe(evidence), now, rules_);
  RETURN_IF_ERROR(ports_.lanes.Resolve(lane, resolution));
  TellAll(resolution.orders, true);
  return ComeBack(lane, resolution.cool_down);
}

absl::StatusOr<std::optional<absl::Time>> LaneStep::LookForResurrection(const Lane& lane) {
  const auto evidence = GatherFromHistory(ports_.chain, lane.provisional, lane.payer, rules_);
  for (size_t i = 0; i < lane.provisional.size(); ++i) {
    const Transfer& candidate = lane.provisional[i];
    const Judgement judgement = Judge(candidate, evidence[i], rules_);
    if (!Executed(judgement)) continue;
    ASSIGN_OR_RETURN(const absl::Time when, Revive(lane, candidate, judgement, evidence[i]));
    return std::make_optional(when);
  }
  return std::nullopt;
}

absl::StatusOr<absl::Time> LaneStep::Revive(const Lane& lane, const Transfer& winner,
                                            const Judgement& judgement,
                                            const std::vector<Evidence>& evidence) {
  ASSIGN_OR_RETURN(std::vector<Order> orders, ports_.lanes.OrdersOf(winner));
  std::optional<Transfer> loser;
  if (lane.unresolved && lane.unresolved->seqno == winner.seqno) loser = lane.unresolved;
  if (loser) {
    ASSIGN_OR_RETURN(const std::vector<Order> others, ports_.lanes.OrdersOf(*loser));
    for (const Order& other : others) {
      const bool both = std::any_of(orders.begin(), orders.end(),
                                    [&](const Order& order) { return order.id == other.id; });
      if (!both) orders.push_back(other);
    }
  }
  const LaneResurrection resurrection =
      Resurrect(winner, judgement, loser, orders, Describe(evidence), ports_.clock.Now(), rules_);
  RETURN_IF_ERROR(ports_.lanes.Resurrect(lane, resurrection));
  TellAll(resurrection.orders, true);
  return ComeBack(lane, absl::ZeroDuration());
}

}  // namespace starlift
