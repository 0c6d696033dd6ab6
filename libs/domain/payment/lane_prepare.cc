// The half of LaneStep that finds, checks and signs the next payment.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/ledger/ledger.h"
#include "domain/order/order_machine.h"
#include "domain/payment/lane_step.h"
#include "domain/payment/transfer_signer.h"

namespace starlift {
namespace {

constexpr int kHistoryPage = 1000;

}  // namespace

absl::StatusOr<absl::Time> LaneStep::Prepare(const Lane& lane) {
  ASSIGN_OR_RETURN(std::optional<PayableOrder> payable, ports_.lanes.NextPayable(lane));
  if (!payable) {
    RETURN_IF_ERROR(ports_.lanes.Release(lane, absl::InfiniteFuture()));
    return absl::InfiniteFuture();
  }
  // While a lane is shut nobody knows what the wallet did: nothing of it may release money.
  payable->hold_money |= lane.shut;
  if (const std::optional<OrderChange> change = Unpayable(*payable))
    return EndWaiting(lane, *change);
  if (lane.shut) return ComeBack(lane, rules_.review_poll_every);
  return PayFrom(lane, *payable);
}

// What can be said without the chain: out of time, an invoice about to expire, a check that fails.
std::optional<OrderChange> LaneStep::Unpayable(const PayableOrder& payable) {
  const absl::Time now = ports_.clock.Now();
  const Order& order = payable.order;
  if (now >= order.execute_by) {
    return Ended(payable, Fail(Reason::kQueueTimeout, "no lane was free in time"));
  }
  if (const absl::Status check = CheckPayable(order, payable.invoice, rules_); !check.ok()) {
    return Ended(payable, check);
  }
  if (payable.invoice.valid_until - now >= rules_.invoice_min_life) return std::nullopt;
  Order next = order;
  next.invoice_attempts += 1;
  if (next.invoice_attempts >= rules_.max_invoice_attempts) {
    PayableOrder last = payable;
    last.order = next;
    return Ended(last, Fail(Reason::kInvoiceAttemptsExhausted, "three invoices expired unpaid"));
  }
  return OrderChange{Move(next, OrderState::kQueued, now), {}};
}

// FAILED releases the money; with a provisionally dead payment it must stay held, so a person
// decides.
OrderChange LaneStep::Ended(const PayableOrder& payable, const absl::Status& why) const {
  const Order& order = payable.order;
  const absl::Time now = ports_.clock.Now();
  if (payable.hold_money) {
    return {Move(order, OrderState::kNeedsReview, now, ReasonFrom(why)), {}};
  }
  return {Move(order, OrderState::kFailed, now, ReasonFrom(why)),
          {Void(order.id, order.payer.wallet_address, order.quote.asset, order.quote.max_total)}};
}

absl::StatusOr<absl::Time> LaneStep::EndWaiting(const Lane& lane, const OrderChange& change) {
  RETURN_IF_ERROR(ports_.lanes.MoveWaiting(lane, change));
  Tell(change.order, true);
  return ComeBack(lane, absl::ZeroDuration());  // the lane's next order
}

absl::StatusOr<absl::Time> LaneStep::PayFrom(const Lane& lane, const PayableOrder& payable) {
  const Order& order = payable.order;
  const absl::StatusOr<AccountState> account = ports_.chain.Account(lane.wallet);
  if (!account.ok()) return ComeBack(lane, rules_.read_retry);
  const absl::StatusOr<WalletReading> wallet =
      ReadWallet(*account, order.payer, rules_.network_global_id);
  if (!wallet.ok()) return EndWaiting(lane, Ended(payable, wallet.status()));

  const int64_t expected = lane.next_seqno.value_or(wallet->seqno);
  if (wallet->seqno < expected) return ComeBack(lane, rules_.read_retry);  // a provider that lags
  if (wallet->seqno > expected) {
    return AccountForForeignUse(lane, *account, wallet->seqno);
  }
  if (!lane.next_seqno) {
    RETURN_IF_ERROR(ports_.lanes.AdoptSeqno(lane, wallet->seqno, account->last_lt));
  }
  const Units required = RequiredBalance(payable.invoice.amount, 1, rules_);
  if (account->balance < required) {
    return EndWaiting(
        lane, Ended(payable, Fail(Reason::kInsufficientBalance, "the wallet cannot pay this order",
                                  {{"available", absl::StrCat(account->balance.value())},
                                   {"required", absl::StrCat(required.value())}})));
  }
  return Sign(lane, payable, *account, *wallet);
}

absl::StatusOr<absl::Time> LaneStep::Sign(const Lane& lane, const PayableOrder& payable,
                                          const AccountState& account,
                                          const WalletReading& wallet) {
  const Order& order = payable.order;
  const absl::Time now = ports_.clock.Now();
  TransferPlan plan;
  plan.payer = order.payer;
  plan.wallet = wallet;
  plan.start_lt = account.last_lt;
  plan.valid_until = ValidUntil(account.state_time, now, payable.invoice.valid_until, rules_);
  plan.invoices = {payable.invoice};
  // A provider that lags, or an invoice that ran out meanwhile: a signature that is born old would
  // only die and count as an attempt.
  if (plan.valid_until - std::max(account.state_time, now) < rules_.valid_for / 3) {
    return ComeBack(lane, rules_.read_retry);
  }
  absl::StatusOr<Transfer> transfer = Fail(Reason::kInternal, "not signed");
  {
    const absl::StatusOr<Secret> key = ports_.opener.Open(
        payable.wallet_key, {order.tenant, "order", order.id.value(), "wallet_key"});
    if (!key.ok()) {  // a key that this worker lacks: another one, or a repaired one, may have it
      RETURN_IF_ERROR(ComeBack(lane, rules_.review_poll_every).status());
      return key.status();
    }
    transfer = SignTransfer(plan, *key, rules_, now, ports_.random);
  }
  if (!transfer.ok()) return EndWaiting(lane, Ended(payable, transfer.status()));
  const Order paying = Paying(order, *transfer);
  RETURN_IF_ERROR(Commit(lane, *transfer, paying));
  Tell(paying, false);
  return Send(lane, transfer->id);
}

Order LaneStep::Paying(const Order& order, const Transfer& transfer) const {
  Order paying = Move(order, OrderState::kPaying, ports_.clock.Now());
  paying.payment.normalized_hash = transfer.normalized_hash;
  return paying;
}

// Written down before the first byte leaves. A commit whose answer was lost is read back; until it
// was found nothing is sent, and the lease runs out by itself.
absl::Status LaneStep::Commit(const Lane& lane, const Transfer& transfer, const Order& paying) {
  const absl::Status committed = ports_.lanes.CommitTransfer(lane, transfer, {{paying, {}}});
  if (committed.code() != absl::StatusCode::kUnknown) return committed;
  ASSIGN_OR_RETURN(const std::optional<Transfer> stored, ports_.lanes.FindTransfer(transfer.id));
  if (!stored) return Fail(Reason::kStorageUnavailable, "the transfer was not committed");
  return absl::OkStatus();
}

// The wallet was used by somebody else: its owner, from another program. Nothing is signed before
// every transaction since ours is accounted for, and none of them paid an invoice of ours without a
// record.
absl::StatusOr<absl::Time> LaneStep::AccountForForeignUse(const Lane& lane,
                                                          const AccountState& account,
                                                          int64_t seqno) {
  const absl::StatusOr<std::vector<ChainTransaction>> history =
      ports_.chain.TransactionsAfter(lane.wallet, lane.last_lt, kHistoryPage);
  if (!history.ok() || history->empty()) return ComeBack(lane, rules_.read_retry);
  const bool whole = history->size() < kHistoryPage;
  const int64_t until = whole ? account.last_lt : history->back().lt;
  if (!UnbrokenHistory(*history, lane.last_lt, until)) return ComeBack(lane, rules_.read_retry);
  for (const ChainTransaction& transaction : *history) {
    for (const ChainOutMessage& out : transaction.out) {
      ASSIGN_OR_RETURN(const std::optional<OrderId> owner,
                       ports_.lanes.InvoiceOwner(out.destination, out.body_hash));
      if (owner) return ShutForUnrecorded(lane, *owner, transaction);
    }
  }
  // Page by page: what was looked at need not be looked at again.
  RETURN_IF_ERROR(ports_.lanes.AdoptSeqno(lane, whole ? seqno : *lane.next_seqno, until));
  return ComeBack(lane, absl::ZeroDuration());
}

// The wallet paid an invoice of ours, and no transfer of ours did it: a lost database, or the owner
// paid by hand. The order must not be paid again, and nothing of this wallet is signed until a
// person looked.
absl::StatusOr<absl::Time> LaneStep::ShutForUnrecorded(const Lane& lane, const OrderId& owner,
                                                       const ChainTransaction& transaction) {
  ASSIGN_OR_RETURN(const std::optional<Order> order, ports_.lanes.FindOrder(owner));
  // Another wallet's order belongs to another lane: this one cannot write it.
  const bool ours = order && order->payer.wallet_address == lane.wallet;
  if (ours && (order->state == OrderState::kQueued || order->state == OrderState::kInvoiced)) {
    const absl::Status why =
        Fail(Reason::kPaymentWithoutRecord, "the wallet paid for this order, but not through us",
             {{"transaction_hash", transaction.hash}});
    const Order review =
        Move(*order, OrderState::kNeedsReview, ports_.clock.Now(), ReasonFrom(why));
    RETURN_IF_ERROR(ports_.lanes.MoveWaiting(lane, {review, {}}));
    Tell(review, false);
  }
  const absl::Time when = ports_.clock.Now() + rules_.review_poll_every;
  RETURN_IF_ERROR(ports_.lanes.ReleaseAndShut(lane, Reason::kPaymentWithoutRecord, when));
  return when;
}

}  // namespace starlift
