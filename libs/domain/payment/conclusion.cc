#include "domain/payment/conclusion.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "domain/ledger/ledger.h"
#include "domain/order/funding_account.h"
#include "domain/order/order_machine.h"
#include "domain/payment/batch.h"

namespace starlift {
namespace {

const Order* Find(const std::vector<Order>& orders, const OrderId& id) {
  const auto found = std::find_if(orders.begin(), orders.end(),
                                  [&](const Order& order) { return order.id == id; });
  return found == orders.end() ? nullptr : &*found;
}

Units ShareOfSlot(const Transfer& transfer, const Judgement& judgement, const Payment& payment) {
  return ShareOf(judgement.network_fees, payment.slot,
                 static_cast<int64_t>(transfer.payments.size()));
}

OrderChange Paid(const Order& order, const Transfer& transfer, const Payment& payment,
                 const Judgement& judgement, absl::Time now) {
  Order paid = Move(order, OrderState::kPaid, now);
  paid.payment.normalized_hash = transfer.normalized_hash;
  paid.payment.transaction_hash = judgement.transaction->hash;
  paid.payment.transaction_lt = judgement.transaction->lt;
  paid.payment.amount = payment.amount;
  Posting posting;
  posting.account = FundingAccount(order);
  posting.bearer = WalletAccount(order.payer.wallet_address);
  posting.asset = order.quote.asset;
  posting.held = order.quote.max_total;
  posting.paid = payment.amount;
  posting.fees = ShareOfSlot(transfer, judgement, payment);
  // A caller's own wallet pays its commission on the chain, in a slot of its own.
  if (order.funding == Funding::kBalance) posting.commission = order.quote.commission;
  return {std::move(paid), {Post(order.id, posting)}};
}

// The order after its payment died. Where the death is provisional the order never ends here: until
// another message has used the seqno, only this lane may sign for it again.
OrderChange Again(const Order& order, bool attempt, bool provisional, const std::string& why,
                  absl::Time now, const PaymentRules& rules) {
  Order next = order;
  if (attempt) next.payment_attempts += 1;
  if (next.payment_attempts < rules.max_payment_attempts) {
    return {Move(next, OrderState::kQueued, now), {}};
  }
  return EndUnpaid(next, provisional, {Reason::kPaymentAttemptsExhausted, why, {}}, now);
}

// An order in review whose last attempt died provisionally stays where it is: its money is still
// held, and there is nothing to tell that the review does not say.
bool StaysInReview(const Order& order, const Judgement& judgement, const PaymentRules& rules) {
  return order.state == OrderState::kNeedsReview && judgement.provisional &&
         order.payment_attempts + 1 >= rules.max_payment_attempts;
}

void BookFee(const Order& order, const Transfer& transfer, const Payment& payment,
             const Judgement& judgement, OrderChange* change) {
  const Units share = ShareOfSlot(transfer, judgement, payment);
  if (share <= Units(0) || judgement.fee_hash.empty()) return;
  change->ledger.push_back(Fee(order.id, order.payer.wallet_address, judgement.fee_hash, share));
}

// An order of a transfer that turned out to be executed comes from wherever it was queued anew.
// QUEUED and INVOICED have no way to PAID: they are withdrawn first.
std::vector<OrderChange> Withdrawn(const Order& order, absl::Time now) {
  if (order.state != OrderState::kQueued && order.state != OrderState::kInvoiced) return {};
  return {{Move(order, OrderState::kNeedsReview, now,
                {Reason::kPaymentVerdictUnknown,
                 "a payment that had died by expiry was executed after all",
                 {}}),
           {}}};
}

// The moves of one of the winner's orders.
void TakeBack(const Order& order, const Transfer& winner, const Payment& payment,
              const Judgement& judgement, absl::Time now, std::vector<OrderChange>* moves) {
  std::vector<OrderChange> withdrawn = Withdrawn(order, now);
  const Order& from = withdrawn.empty() ? order : withdrawn.back().order;
  if (!CanMove(from.state, OrderState::kPaid, from.funding)) return;
  OrderChange paid = Paid(from, winner, payment, judgement, now);
  for (OrderChange& move : withdrawn) moves->push_back(std::move(move));
  moves->push_back(std::move(paid));
}

bool PaidBy(const Transfer& transfer, const OrderId& order) {
  return std::any_of(transfer.payments.begin(), transfer.payments.end(),
                     [&](const Payment& payment) {
                       return payment.order == order && payment.verdict == Verdict::kPaid;
                     });
}

}  // namespace

LaneResolution Conclude(const Lane& lane, const Judgement& judgement,
                        const std::vector<Order>& orders, std::string evidence, absl::Time now,
                        const PaymentRules& rules) {
  LaneResolution resolution;
  resolution.transfer = *lane.unresolved;
  Transfer& transfer = resolution.transfer;
  transfer.verdict = judgement.verdict;
  transfer.provisional = judgement.provisional;
  for (Payment& payment : transfer.payments) {
    payment.verdict = judgement.payments[static_cast<size_t>(payment.slot)];
    const Order* order = Find(orders, payment.order);
    if (order == nullptr) continue;
    if (payment.verdict == Verdict::kPaid) {
      resolution.orders.push_back(Paid(*order, transfer, payment, judgement, now));
    } else if (!StaysInReview(*order, judgement, rules)) {
      resolution.orders.push_back(
          Again(*order, !judgement.displaced, judgement.provisional, judgement.why, now, rules));
      BookFee(*order, transfer, payment, judgement, &resolution.orders.back());
    }
  }
  resolution.evidence = std::move(evidence);
  if (judgement.transaction) {
    resolution.transaction_hash = judgement.transaction->hash;
    resolution.transaction_lt = judgement.transaction->lt;
    resolution.last_lt = judgement.transaction->lt;
  }
  // A message of ours that left proves that the seqno was committed before it. What somebody else's
  // message did is accounted for before the next signing.
  const bool ours = judgement.verdict == Verdict::kPaid || judgement.transaction;
  if (ours && (judgement.seqno_used || judgement.verdict == Verdict::kPaid)) {
    resolution.next_seqno = transfer.seqno + 1;
  }
  resolution.displaced = judgement.displaced;
  if (judgement.displaced && lane.displacements + 1 >= rules.max_displacements) {
    resolution.cool_down = rules.displaced_rest;
  }
  return resolution;
}

LaneResolution ConcludeBurn(const Lane& lane, const Judgement& judgement,
                            const std::vector<LaneStore::HeldOrder>& held, std::string evidence,
                            absl::Time now) {
  LaneResolution resolution = Conclude(lane, judgement, {}, std::move(evidence), now, {});
  for (const LaneStore::HeldOrder& one : held) {
    if (!EndsByItself(one.order)) continue;
    const MoveReason why{one.order.reason, one.order.reason_message, one.order.reason_metadata};
    resolution.orders.push_back(EndUnpaid(one.order, false, why, now));
  }
  if (!resolution.orders.empty() && judgement.network_fees > Units(0) && judgement.transaction) {
    OrderChange& first = resolution.orders.front();
    first.ledger.push_back(
        Fee(first.order.id, lane.wallet(), judgement.transaction->hash, judgement.network_fees));
  }
  return resolution;
}

LaneResurrection Resurrect(const Transfer& winner, const Judgement& seen,
                           const std::optional<Transfer>& loser, const std::vector<Order>& orders,
                           std::string evidence, absl::Time now, const PaymentRules& rules) {
  LaneResurrection resurrection;
  // What its failed runs cost was booked when it was held dead.
  Judgement judgement = seen;
  if (judgement.transaction) judgement.network_fees = judgement.transaction->network_fees;
  resurrection.winner = winner;
  Transfer& executed = resurrection.winner;
  executed.verdict = judgement.verdict;
  executed.provisional = false;
  for (Payment& payment : executed.payments) {
    payment.verdict = judgement.payments[static_cast<size_t>(payment.slot)];
    const Order* order = Find(orders, payment.order);
    if (order == nullptr || payment.verdict != Verdict::kPaid) continue;
    TakeBack(*order, executed, payment, judgement, now, &resurrection.orders);
  }
  if (loser) {
    resurrection.loser = *loser;
    resurrection.loser->verdict = Verdict::kDead;
    resurrection.loser->provisional = false;
    for (Payment& payment : resurrection.loser->payments) {
      payment.verdict = Verdict::kDead;
      const Order* order = Find(orders, payment.order);
      if (order == nullptr || PaidBy(executed, payment.order)) continue;
      // Read after somebody else moved on with it: the store will refuse the whole change.
      if (order->state != OrderState::kPaying && order->state != OrderState::kNeedsReview) continue;
      // Its payment did nothing wrong: that is no attempt.
      resurrection.orders.push_back(Again(*order, false, false, judgement.why, now, rules));
    }
  }
  resurrection.evidence = std::move(evidence);
  if (judgement.transaction) {
    resurrection.transaction_hash = judgement.transaction->hash;
    resurrection.transaction_lt = judgement.transaction->lt;
    resurrection.last_lt = judgement.transaction->lt;
  }
  resurrection.next_seqno = winner.seqno + 1;
  return resurrection;
}

}  // namespace starlift
