#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "domain/access/ports/sealer.h"
#include "domain/order/ports/work_signal.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/chain.h"
#include "domain/payment/ports/lane_store.h"
#include "domain/payment/verdict.h"

namespace starlift {

// One step of a wallet's lane: while a transfer is unresolved, send its bytes again and look for it
// on the chain; else sign the next payment, commit it, send it. One thing a step, then it says when
// to come back (InfiniteFuture: when there is new work). Safe to run by any number of workers at
// any time: the lease spares work, the constraints keep the money.
class LaneStep {
 public:
  struct Ports {
    LaneStore& lanes;
    Chain& chain;
    const Opener& opener;
    WorkSignal& signal;
    const Clock& clock;
    Random& random;
  };
  LaneStep(Ports ports, PaymentRules rules) : ports_(ports), rules_(std::move(rules)) {}

  // An error is a failure of our own stores; the lane's lease runs out by itself.
  absl::StatusOr<absl::Time> Run(absl::string_view wallet, absl::string_view owner);

 private:
  // The unresolved transfer.
  absl::StatusOr<absl::Time> Follow(const Lane& lane, const Transfer& transfer);
  absl::StatusOr<Evidence> Gather(const Transfer& transfer, const Payer& payer);
  void AddHistory(const Transfer& transfer, Evidence& evidence);
  absl::StatusOr<absl::Time> KeepAlive(const Lane& lane, const Transfer& transfer,
                                       const absl::StatusOr<Evidence>& evidence);
  absl::StatusOr<absl::Time> Doubt(const Lane& lane, Transfer transfer, const Judgement& judgement,
                                   const std::vector<Order>& orders);
  absl::StatusOr<absl::Time> EndOverdue(const Lane& lane);
  absl::StatusOr<absl::Time> Conclude(const Lane& lane, Transfer transfer,
                                      const Judgement& judgement, const std::vector<Order>& orders);
  bool StaysInReview(const Order& order, const Payment& payment, const Judgement& judgement) const;
  OrderChange AfterPayment(const Order& order, const Payment& payment, const Judgement& judgement);
  OrderChange AfterDeath(const Order& order, const Judgement& judgement);

  // The next payment.
  absl::StatusOr<absl::Time> Prepare(const Lane& lane);
  std::optional<OrderChange> Unpayable(const PayableOrder& payable);
  absl::StatusOr<absl::Time> ShutForUnrecorded(const Lane& lane, const OrderId& owner,
                                               const ChainTransaction& transaction);
  absl::StatusOr<absl::Time> PayFrom(const Lane& lane, const PayableOrder& payable);
  absl::StatusOr<absl::Time> Sign(const Lane& lane, const PayableOrder& payable,
                                  const AccountState& account, const WalletReading& wallet);
  absl::StatusOr<absl::Time> AccountForForeignUse(const Lane& lane, const AccountState& account,
                                                  int64_t seqno);
  absl::StatusOr<absl::Time> EndWaiting(const Lane& lane, const OrderChange& change);
  OrderChange Ended(const PayableOrder& payable, const absl::Status& why) const;
  Order Paying(const Order& order, const Transfer& transfer) const;
  absl::Status Commit(const Lane& lane, const Transfer& transfer, const Order& paying);
  absl::StatusOr<absl::Time> Send(const Lane& lane, const TransferId& id);

  absl::StatusOr<absl::Time> ComeBack(const Lane& lane, absl::Duration after);
  void Tell(const Order& order, bool runnable);

  Ports ports_;
  PaymentRules rules_;
};

}  // namespace starlift
