#include "domain/payment/lane_step.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/ledger/ledger.h"
#include "domain/order/order_machine.h"

namespace starlift {
namespace {

constexpr int kHistoryPage = 1000;

// What a transaction that sent nothing cost the wallet.
LedgerTransaction DeadFee(const Order& order, const ChainTransaction& transaction) {
  return Fee(order.id, order.payer.wallet_address, order.payment_attempts + 1,
             transaction.network_fees);
}

}  // namespace

absl::StatusOr<absl::Time> LaneStep::Run(absl::string_view wallet, absl::string_view owner) {
  ASSIGN_OR_RETURN(const std::optional<Lane> lane, ports_.lanes.Claim(wallet, owner, rules_.lease));
  if (!lane) return absl::InfiniteFuture();
  if (lane->unresolved) return Follow(*lane, *lane->unresolved);
  return Prepare(*lane);
}

absl::StatusOr<absl::Time> LaneStep::Follow(const Lane& lane, const Transfer& transfer) {
  ASSIGN_OR_RETURN(const std::vector<Order> orders, ports_.lanes.OrdersOf(transfer));
  for (const Order& order : orders) {
    if (order.state == OrderState::kPaying || order.state == OrderState::kNeedsReview) continue;
    return Fail(Reason::kConcurrentRequest, "another worker has resolved this transfer");
  }
  if (transfer.sends == 0) return Send(lane, transfer.id);  // a worker died between commit and send
  const Payer payer = orders.empty() ? Payer{} : orders.front().payer;
  const absl::StatusOr<Evidence> evidence = Gather(transfer, payer);
  const Judgement judgement =
      Judge(transfer, evidence.ok() ? *evidence : Evidence{}, rules_.expiry_margin);
  switch (judgement.verdict) {
    case Verdict::kLive:
      // Long past its time and still nothing learnt: a provider that is down or far behind. That is
      // no verdict, but a person should know in the end.
      if (ports_.clock.Now() >= transfer.valid_until + 2 * rules_.expiry_margin) {
        return Doubt(lane, transfer, judgement, orders);
      }
      return KeepAlive(lane, transfer, evidence);
    case Verdict::kUnknown:
      return Doubt(lane, transfer, judgement, orders);
    case Verdict::kPaid:
    case Verdict::kDead:
      return Conclude(lane, transfer, judgement, orders);
  }
  return ComeBack(lane, rules_.read_retry);
}

// Matches first, the account after them, so that the account's answer can contain the matches. What
// could not be read stays absent; a wallet that does not read as ours is no evidence of anything.
absl::StatusOr<Evidence> LaneStep::Gather(const Transfer& transfer, const Payer& payer) {
  Evidence evidence;
  ASSIGN_OR_RETURN(evidence.matches,
                   ports_.chain.FindByNormalizedHash(transfer.wallet, transfer.normalized_hash));
  if (!evidence.matches.empty() &&
      Judge(transfer, evidence, rules_.expiry_margin).verdict == Verdict::kPaid) {
    return evidence;
  }
  ASSIGN_OR_RETURN(const AccountState account, ports_.chain.Account(transfer.wallet));
  const absl::StatusOr<WalletReading> wallet = ReadWallet(account, payer, rules_.network_global_id);
  evidence.foreign_account = !wallet.ok();
  if (!wallet.ok()) return evidence;
  evidence.account = Evidence::Account{*wallet, account.state_time, account.last_lt};
  if (!wallet->deployed || !evidence.matches.empty()) AddHistory(transfer, evidence);
  return evidence;
}

// The wallet's transactions since the signing, when they join up to the account's last one.
void LaneStep::AddHistory(const Transfer& transfer, Evidence& evidence) {
  const absl::StatusOr<std::vector<ChainTransaction>> history =
      ports_.chain.TransactionsAfter(transfer.wallet, transfer.start_lt, kHistoryPage);
  if (!history.ok() || !UnbrokenHistory(*history, transfer.start_lt, evidence.account->last_lt)) {
    return;
  }
  evidence.history.emplace();
  evidence.matches.clear();
  for (const ChainTransaction& transaction : *history) {
    evidence.history->external_in |= transaction.external_in;
    if (transaction.external_in && transaction.in_normalized_hash == transfer.normalized_hash) {
      evidence.matches.push_back(transaction);
    }
  }
}

// Sends the same bytes again while they can still be executed. Our clock only saves a useless call:
// bytes that come too late are refused by the contract.
absl::StatusOr<absl::Time> LaneStep::KeepAlive(const Lane& lane, const Transfer& transfer,
                                               const absl::StatusOr<Evidence>& evidence) {
  const absl::Time now = ports_.clock.Now();
  const bool known = evidence.ok() && evidence->account;
  const absl::Time seen = known ? evidence->account->state_time : now;
  const absl::Duration since = now - transfer.sent_at;
  const bool due = since >= rules_.resend_every || since < -rules_.resend_every;
  if (seen < transfer.valid_until && due) return Send(lane, transfer.id);
  return ComeBack(lane, evidence.ok() ? rules_.poll_every : rules_.read_retry);
}

// Unknown stays unknown: after the limit a person is called, and evidence that comes later still
// counts.
absl::StatusOr<absl::Time> LaneStep::Doubt(const Lane& lane, Transfer transfer,
                                           const Judgement& judgement,
                                           const std::vector<Order>& orders) {
  const absl::Time now = ports_.clock.Now();
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
  if (first || !resolution.orders.empty()) {
    transfer.verdict = Verdict::kUnknown;
    for (Payment& payment : transfer.payments) payment.verdict = Verdict::kUnknown;
    resolution.transfer = transfer;
    resolution.shut = review;
    RETURN_IF_ERROR(ports_.lanes.Resolve(lane, resolution));
    for (const OrderChange& change : resolution.orders) Tell(change.order, false);
  }
  return review ? EndOverdue(lane) : ComeBack(lane, rules_.read_retry);
}

// Orders that wait behind a transfer which nobody can judge still come to the end of their time.
// Nobody knows what the wallet did, so their money stays held.
absl::StatusOr<absl::Time> LaneStep::EndOverdue(const Lane& lane) {
  ASSIGN_OR_RETURN(std::optional<PayableOrder> payable, ports_.lanes.NextPayable(lane));
  if (!payable || ports_.clock.Now() < payable->order.execute_by) {
    return ComeBack(lane, rules_.review_poll_every);
  }
  payable->hold_money = true;
  return EndWaiting(lane, Ended(*payable, Fail(Reason::kQueueTimeout, "no lane was free in time")));
}

absl::StatusOr<absl::Time> LaneStep::Conclude(const Lane& lane, Transfer transfer,
                                              const Judgement& judgement,
                                              const std::vector<Order>& orders) {
  LaneResolution resolution;
  transfer.verdict = judgement.verdict;
  transfer.provisional = judgement.provisional;
  for (size_t slot = 0; slot < transfer.payments.size(); ++slot) {
    Payment& payment = transfer.payments[slot];
    payment.verdict = judgement.payments[slot];
    for (const Order& order : orders) {
      if (order.id != payment.order) continue;
      if (StaysInReview(order, payment, judgement)) continue;
      resolution.orders.push_back(AfterPayment(order, payment, judgement));
      if (payment.verdict == Verdict::kDead && judgement.transaction &&
          judgement.transaction->network_fees > Units(0)) {
        resolution.orders.back().ledger.push_back(DeadFee(order, *judgement.transaction));
      }
    }
  }
  if (judgement.transaction) {
    resolution.transaction_hash = judgement.transaction->hash;
    resolution.transaction_lt = judgement.transaction->lt;
    resolution.last_lt = judgement.transaction->lt;
  }
  // A message of ours that left proves that the seqno was committed before it.
  if (judgement.seqno_used || judgement.verdict == Verdict::kPaid) {
    resolution.next_seqno = transfer.seqno + 1;
  }
  resolution.transfer = std::move(transfer);
  RETURN_IF_ERROR(ports_.lanes.Resolve(lane, resolution));
  for (const OrderChange& change : resolution.orders) Tell(change.order, true);
  return ComeBack(lane, absl::ZeroDuration());
}

// An order in review whose last attempt died provisionally stays where it is: its money is still
// held, and there is nothing to tell that the review does not say.
bool LaneStep::StaysInReview(const Order& order, const Payment& payment,
                             const Judgement& judgement) const {
  return order.state == OrderState::kNeedsReview && payment.verdict == Verdict::kDead &&
         judgement.provisional && order.payment_attempts + 1 >= rules_.max_payment_attempts;
}

OrderChange LaneStep::AfterPayment(const Order& order, const Payment& payment,
                                   const Judgement& judgement) {
  if (payment.verdict != Verdict::kPaid) return AfterDeath(order, judgement);
  Order paid = Move(order, OrderState::kPaid, ports_.clock.Now());
  paid.payment.transaction_hash = judgement.transaction->hash;
  paid.payment.transaction_lt = judgement.transaction->lt;
  paid.payment.amount = payment.amount;
  return {paid,
          {Post(order.id, order.payer.wallet_address, order.quote.asset, order.quote.max_total,
                payment.amount, judgement.transaction->network_fees)}};
}

// A dead payment is an attempt. Where the death is provisional the order never ends here: until
// another message has used the seqno, only this lane may sign for it again.
OrderChange LaneStep::AfterDeath(const Order& order, const Judgement& judgement) {
  const absl::Time now = ports_.clock.Now();
  Order next = order;
  next.payment_attempts += 1;
  if (next.payment_attempts < rules_.max_payment_attempts) {
    return {Move(next, OrderState::kQueued, now), {}};
  }
  const MoveReason reason{Reason::kPaymentAttemptsExhausted, judgement.why, {}};
  if (judgement.provisional) return {Move(next, OrderState::kNeedsReview, now, reason), {}};
  return {Move(next, OrderState::kFailed, now, reason),
          {Void(order.id, order.payer.wallet_address, order.quote.asset, order.quote.max_total)}};
}

absl::StatusOr<absl::Time> LaneStep::Send(const Lane& lane, const TransferId& id) {
  // Read back: what is sent is what is stored, byte for byte.
  ASSIGN_OR_RETURN(const std::optional<Transfer> stored, ports_.lanes.FindTransfer(id));
  if (!stored) return Fail(Reason::kInternal, "a committed transfer is missing");
  const SendResult result = ports_.chain.Send(stored->boc);
  // Whatever the answer says, the bytes may be under way from here on.
  RETURN_IF_ERROR(ports_.lanes.MarkSent(lane, id));
  return ComeBack(
      lane, result.outcome == SendOutcome::kHandedOver ? rules_.poll_every : rules_.read_retry);
}

absl::StatusOr<absl::Time> LaneStep::ComeBack(const Lane& lane, absl::Duration after) {
  const absl::Time when = ports_.clock.Now() + after;
  RETURN_IF_ERROR(ports_.lanes.Release(lane, when));
  return when;
}

void LaneStep::Tell(const Order& order, bool runnable) {
  ports_.signal.Changed(order);
  if (runnable && !IsTerminal(order.state)) {
    ports_.signal.Announce({WorkItem::Kind::kOrder, order.id.value()});
  }
}

}  // namespace starlift
