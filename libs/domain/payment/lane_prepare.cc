// The part of LaneStep that finds what may be signed next: which orders, from which wallet state,
// and whether anything stands in the way.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/order_machine.h"
#include "domain/payment/evidence.h"
#include "domain/payment/lane_step.h"
#include "domain/payment/wallet_contract.h"
#include "domain/payment/wallet_walk.h"

namespace starlift {
namespace {

constexpr int kHeldPage = 200;

std::vector<OrderId> IdsOf(const std::vector<PayableOrder>& payable) {
  std::vector<OrderId> ids;
  for (const PayableOrder& one : payable) ids.push_back(one.order.id);
  return ids;
}

// Transfers without payments that nobody includes are signed ever more rarely.
bool TriedLately(const Lane& lane, absl::Time now, absl::Duration first) {
  absl::Duration rest = first;
  absl::Time newest = absl::InfinitePast();
  for (const Transfer& transfer : lane.provisional) {
    if (!transfer.payments.empty()) continue;
    newest = std::max(newest, transfer.created_at);
    rest = std::min(2 * rest, absl::Hours(6));
  }
  return now < newest + rest;
}

bool Contains(const std::vector<OrderId>& ids, const OrderId& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Whether a message of this wallet can end what withholds the money: all of it is this wallet's
// own. What may still be executed stops the signing, so that only what is dead by expiry is ended.
bool LaneCanEnd(const Withheld& withheld, const std::string& wallet, std::optional<int64_t> used) {
  return !withheld.paid &&
         std::all_of(withheld.open.begin(), withheld.open.end(), [&](const WitnessLine& line) {
           return line.wallet == wallet && line.seqno == used.value_or(line.seqno);
         });
}

}  // namespace

absl::StatusOr<absl::Time> LaneStep::Prepare(const Lane& lane) {
  // A few more than fit, so that orders which end or wait do not make the transfer smaller.
  const int most = std::min(MaxPayments(lane.payer.version), rules_.most_payments);
  ASSIGN_OR_RETURN(const std::vector<PayableOrder> waiting,
                   ports_.lanes.NextPayables(lane, most + 8));
  WaitingOrders sorted = SortWaiting(waiting, lane.shut, ports_.clock.Now(), rules_);
  if (!sorted.moves.empty()) return MoveWaiting(lane, std::move(sorted.moves));
  if (lane.shut) {
    if (!sorted.payable.empty()) return ComeBack(lane, rules_.review_poll_every);
    RETURN_IF_ERROR(ports_.lanes.Release(lane, absl::InfiniteFuture()));
    return absl::InfiniteFuture();
  }
  Held burners;
  if (sorted.payable.empty() || !lane.provisional.empty()) {
    ASSIGN_OR_RETURN(const bool ended, EndHeld(lane, &burners));
    if (ended) return ComeBack(lane, absl::ZeroDuration());
  }
  if (!sorted.payable.empty() || !burners.empty()) return PayFrom(lane, sorted.payable, burners);
  RETURN_IF_ERROR(ports_.lanes.Release(lane, absl::InfiniteFuture()));
  return absl::InfiniteFuture();
}

// `used`: a transfer of this lane has just used this seqno up, which ends what died under it.
absl::StatusOr<LaneStep::Held> LaneStep::Releasable(const Lane& lane, std::optional<int64_t> used) {
  ASSIGN_OR_RETURN(Held held, ports_.lanes.HeldInReview(lane, kHeldPage));
  std::erase_if(held, [](const LaneStore::HeldOrder& one) { return !EndsByItself(one.order); });
  if (held.empty()) return held;
  std::vector<OrderId> ids;
  for (const LaneStore::HeldOrder& one : held) ids.push_back(one.order.id);
  ASSIGN_OR_RETURN(const auto withheld, releases_.Look(ids));
  Held releasable;
  for (LaneStore::HeldOrder& one : held) {
    const auto why = withheld.find(one.order.id);
    if (why != withheld.end()) {
      if (!LaneCanEnd(why->second, lane.wallet(), used)) continue;
      one.hold_money = true;
    }
    releasable.push_back(std::move(one));
  }
  return releasable;
}

// Ends the orders whose deaths are final by now. `burners`: others still wait for theirs, and only
// a message that uses the seqno up can make it final.
absl::StatusOr<bool> LaneStep::EndHeld(const Lane& lane, Held* burners) {
  ASSIGN_OR_RETURN(const Held held, Releasable(lane, std::nullopt));
  std::vector<OrderChange> ends;
  for (const LaneStore::HeldOrder& one : held) {
    if (one.hold_money) {
      burners->push_back(one);
      continue;
    }
    const MoveReason why{one.order.reason, one.order.reason_message, one.order.reason_metadata};
    ends.push_back(EndUnpaid(one.order, false, why, ports_.clock.Now()));
  }
  if (ends.empty()) return false;
  RETURN_IF_ERROR(ports_.lanes.MoveWaiting(lane, ends));
  TellAll(ends, false);
  return true;
}

// An order that ends unpaid releases its money, unless a transfer that the database lost may have
// paid it: then it waits in review, with the reason that ended it, until that is known to be dead.
absl::Status LaneStep::KeepLost(std::vector<OrderChange>* moves) {
  std::vector<OrderId> failing;
  for (const OrderChange& move : *moves) {
    if (move.order.state == OrderState::kFailed) failing.push_back(move.order.id);
  }
  if (failing.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto withheld, releases_.Look(failing));
  for (OrderChange& move : *moves) {
    Order& order = move.order;
    const auto found = withheld.find(order.id);
    if (order.state != OrderState::kFailed || found == withheld.end()) continue;
    MoveReason why =
        WithheldReason(found->second, {order.reason, order.reason_message, order.reason_metadata});
    move.ledger.clear();
    order.state = OrderState::kNeedsReview;
    order.reason = why.reason;
    order.reason_message = std::move(why.message);
    order.reason_metadata = std::move(why.metadata);
    order.ended_at = absl::InfiniteFuture();
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> LaneStep::MoveWaiting(const Lane& lane, std::vector<OrderChange> moves) {
  RETURN_IF_ERROR(KeepLost(&moves));
  RETURN_IF_ERROR(ports_.lanes.MoveWaiting(lane, moves));
  TellAll(moves, true);
  return ComeBack(lane, absl::ZeroDuration());  // what is left
}

absl::StatusOr<absl::Time> LaneStep::PayFrom(const Lane& lane,
                                             const std::vector<PayableOrder>& payable,
                                             const Held& burners) {
  const auto read = [&](const AccountState& account) {
    return ReadWallet(account, lane.payer, rules_.network_global_id);
  };
  // One provider may still show the wallet as it was before its owner filled it.
  const Units wanted =
      payable.empty() ? Units(0) : RequiredBalance(payable.front().invoice.amount, 1, rules_);
  const absl::StatusOr<Providers::Answer> answer =
      ports_.chain.Account(lane.wallet(), [&](const AccountState& account) {
        const absl::StatusOr<WalletReading> wallet = read(account);
        if (!wallet.ok() || wallet->seqno < lane.next_seqno.value_or(0)) {
          return Providers::Worth::kNothing;
        }
        return account.balance >= wanted ? Providers::Worth::kGood : Providers::Worth::kUsable;
      });
  if (!answer.ok()) return ComeBack(lane, rules_.read_retry);
  const absl::StatusOr<WalletReading> wallet = read(answer->account);
  if (!wallet.ok()) return Unusable(lane, payable, wallet.status());
  const int64_t expected = lane.next_seqno.value_or(wallet->seqno);
  if (wallet->seqno < expected) return ComeBack(lane, rules_.read_retry);  // all of them lag

  ASSIGN_OR_RETURN(const Clearance clearance,
                   guard_.Check(lane, IdsOf(payable), answer->account.state_time));
  for (const auto& [order, hash] : clearance.paid_without_record) {
    RETURN_IF_ERROR(ReviewUnrecorded(lane, order, hash));
  }
  if (!clearance.paid_without_record.empty()) return ComeBack(lane, absl::ZeroDuration());
  // Only reviews wait: there is no hurry.
  const absl::Duration retry = payable.empty() ? rules_.review_poll_every : rules_.read_retry;
  if (!clearance.may_sign) return ComeBack(lane, retry);
  std::vector<PayableOrder> clear = payable;
  std::erase_if(clear,
                [&](const PayableOrder& one) { return Contains(clearance.wait, one.order.id); });
  if (clear.empty() && burners.empty()) return ComeBack(lane, rules_.read_retry);

  bool accounted = false;
  ASSIGN_OR_RETURN(const absl::Time when, Account(lane, *answer, wallet->seqno, &accounted));
  if (!accounted) return when;
  return Pick(lane, std::move(clear), burners, answer->account, *wallet);
}

// The account is not a wallet that we can sign for. A caller's orders end; the house's wait for a
// person, because nothing is wrong with them.
absl::StatusOr<absl::Time> LaneStep::Unusable(const Lane& lane,
                                              const std::vector<PayableOrder>& payable,
                                              const absl::Status& why) {
  if (lane.house || payable.empty()) return ShutFor(lane, ReasonOf(why), {}, "", 0);
  std::vector<OrderChange> ends;
  for (const PayableOrder& one : payable) {
    ends.push_back(EndUnpaid(one.order, one.hold_money, ReasonFrom(why), ports_.clock.Now()));
  }
  return MoveWaiting(lane, std::move(ends));
}

// Every transaction of the wallet since the last one that was accounted for is looked at before
// anything is signed; where the seqno is the lane's next, that is a look and no condition.
// `accounted`: the lane may go on; else it comes back at the time that is returned.
absl::StatusOr<absl::Time> LaneStep::Account(const Lane& lane, const Providers::Answer& answer,
                                             int64_t seqno, bool* accounted) {
  const AccountState& account = answer.account;
  *accounted = true;
  const bool first = !lane.next_seqno;
  const bool higher = !first && seqno > *lane.next_seqno;
  if (!first && !higher && account.last_lt <= lane.last_lt) return absl::InfinitePast();
  ASSIGN_OR_RETURN(const std::optional<WalletWalk> walk,
                   WalkWallet(lane, account, *answer.chain, ports_.lanes, ports_.eras, rules_));
  const bool needed = first || higher;
  *accounted = !needed;
  if (!walk) return needed ? ComeBack(lane, rules_.read_retry) : absl::InfinitePast();
  if (walk->trouble != Reason::kNone) {
    *accounted = false;
    return ShutFor(lane, walk->trouble, walk->orders, walk->transaction_hash, walk->until_lt);
  }
  // A seqno that has passed those of provisionally dead transfers: was one of them executed after
  // all?
  const bool passes = std::any_of(lane.provisional.begin(), lane.provisional.end(),
                                  [&](const Transfer& transfer) { return transfer.seqno < seqno; });
  if (passes) {
    ASSIGN_OR_RETURN(const std::optional<absl::Time> revived, LookForResurrection(lane));
    *accounted = false;
    if (revived) return *revived;
    ASSIGN_OR_RETURN(const bool gone, ProvisionalGone(lane));
    if (!gone) return ComeBack(lane, rules_.read_retry);
  }
  if (first) {
    *accounted = true;
    RETURN_IF_ERROR(ports_.lanes.AdoptSeqno(lane, seqno, account.last_lt));
    return absl::InfinitePast();
  }
  *accounted = !higher;
  // Page by page: what was looked at need not be looked at again. A seqno is believed only with the
  // messages that used those before it: one wrong answer must not make the lane wait for ever.
  const int64_t shown = *lane.next_seqno + walk->seqnos;
  if (higher && walk->whole && shown < seqno) return ComeBack(lane, rules_.read_retry);
  const int64_t next = higher ? std::min(seqno, shown) : *lane.next_seqno;
  RETURN_IF_ERROR(ports_.lanes.AdoptSeqno(lane, next, walk->until_lt));
  return higher ? ComeBack(lane, absl::ZeroDuration()) : absl::InfinitePast();
}

// The end of a provisional death is final for good: every provider that has a say must show that
// another message used the seqno.
absl::StatusOr<bool> LaneStep::ProvisionalGone(const Lane& lane) {
  const auto evidence = GatherFromHistory(ports_.chain, lane.provisional, lane.payer, rules_);
  for (size_t i = 0; i < lane.provisional.size(); ++i) {
    const Judgement judgement = Judge(lane.provisional[i], evidence[i], rules_);
    if (judgement.verdict != Verdict::kDead || judgement.provisional) return false;
  }
  return true;
}

absl::StatusOr<absl::Time> LaneStep::ShutFor(const Lane& lane, Reason reason,
                                             const std::vector<OrderId>& orders,
                                             absl::string_view transaction_hash,
                                             int64_t accounted_lt) {
  for (const OrderId& order : orders) {
    RETURN_IF_ERROR(ReviewUnrecorded(lane, order, transaction_hash));
  }
  const absl::Time when = ports_.clock.Now() + rules_.review_poll_every;
  RETURN_IF_ERROR(ports_.lanes.ReleaseAndShut(lane, reason, when, accounted_lt));
  return when;
}

// The wallet paid an invoice of ours, and no transfer of ours did it: a lost database, or the owner
// paid by hand. The order must not be paid again.
absl::Status LaneStep::ReviewUnrecorded(const Lane& lane, const OrderId& id,
                                        absl::string_view transaction_hash) {
  ASSIGN_OR_RETURN(const std::optional<Order> order, ports_.lanes.FindOrder(id));
  // Another wallet's order belongs to another lane: this one cannot write it.
  if (!order || order->payer.wallet_address != lane.wallet()) return absl::OkStatus();
  if (order->state != OrderState::kQueued && order->state != OrderState::kInvoiced) {
    return absl::OkStatus();
  }
  const absl::Status why =
      Fail(Reason::kPaymentWithoutRecord, "the wallet paid for this order, but not through us",
           {{"transaction_hash", std::string(transaction_hash)}});
  const std::vector<OrderChange> review = {
      {Move(*order, OrderState::kNeedsReview, ports_.clock.Now(), ReasonFrom(why)), {}}};
  RETURN_IF_ERROR(ports_.lanes.MoveWaiting(lane, review));
  TellAll(review, false);
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> LaneStep::Pick(const Lane& lane, std::vector<PayableOrder> payable,
                                          const Held& burners, const AccountState& account,
                                          const WalletReading& wallet) {
  Batch batch = ChooseBatch(payable, account.balance, lane.payer.version, rules_);
  // The house's own wallet will be filled again; a caller's order ends with the reason.
  if (!lane.house && !batch.too_poor.empty()) {
    std::vector<OrderChange> ends;
    for (const PayableOrder& one : batch.too_poor) {
      const Units required = RequiredBalance(one.invoice.amount, 1, rules_);
      const absl::Status why =
          Fail(Reason::kInsufficientBalance, "the wallet cannot pay this order",
               {{"available", absl::StrCat(account.balance.value())},
                {"required", absl::StrCat(required.value())}});
      ends.push_back(EndUnpaid(one.order, one.hold_money, ReasonFrom(why), ports_.clock.Now()));
    }
    return MoveWaiting(lane, std::move(ends));
  }
  const bool affordable = account.balance >= RequiredBalance(Units(0), 1, rules_);
  if (batch.chosen.empty() &&
      (burners.empty() || !affordable || TriedLately(lane, ports_.clock.Now(), rules_.valid_for))) {
    return ComeBack(lane, rules_.review_poll_every);
  }
  return Sign(lane, std::move(batch.chosen), burners, account, wallet);
}

}  // namespace starlift
