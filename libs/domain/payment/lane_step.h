#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "domain/access/ports/sealer.h"
#include "domain/order/ports/work_signal.h"
#include "domain/payment/batch.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/ports/house_keys.h"
#include "domain/payment/ports/lane_store.h"
#include "domain/payment/ports/witness_log.h"
#include "domain/payment/providers.h"
#include "domain/payment/verdict.h"
#include "domain/payment/wallet_reading.h"
#include "domain/payment/witness_guard.h"

namespace starlift {

// One step of a wallet's lane: while a transfer is unresolved, send its bytes again and look for it
// on the chain; else sign what waits, in one transfer, commit it, witness it, send it. One thing a
// step, then it says when to come back (InfiniteFuture: when there is new work). Safe to run by any
// number of workers at any time: the lease spares work, the constraints keep the money.
class LaneStep {
 public:
  struct Ports {
    LaneStore& lanes;
    Providers& chain;
    WitnessLog& witness;
    EraStore& eras;
    const HouseKeys& house;
    const Opener& opener;
    WorkSignal& signal;
    const Clock& clock;
    Random& random;
  };
  LaneStep(Ports ports, PaymentRules rules)
      : ports_(ports),
        rules_(std::move(rules)),
        guard_(ports.witness, ports.eras, ports.lanes, ports.chain, rules_),
        releases_(ports.witness, ports.eras, ports.lanes) {}
  LaneStep(const LaneStep&) = delete;
  LaneStep& operator=(const LaneStep&) = delete;

  // An error is a failure of our own stores, or a key that this worker lacks; the lane's lease runs
  // out by itself.
  absl::StatusOr<absl::Time> Run(absl::string_view wallet, absl::string_view owner);

 private:
  using Held = std::vector<LaneStore::HeldOrder>;

  // The unresolved transfer: lane_follow.cc.
  absl::StatusOr<absl::Time> Follow(const Lane& lane, const Transfer& transfer);
  absl::StatusOr<absl::Time> KeepAlive(const Lane& lane, const Transfer& transfer,
                                       const std::vector<Evidence>& evidence);
  absl::StatusOr<absl::Time> Doubt(const Lane& lane, Transfer transfer, const Judgement& judgement,
                                   const std::vector<Evidence>& evidence,
                                   const std::vector<Order>& orders);
  absl::StatusOr<absl::Time> EndOverdue(const Lane& lane);
  absl::StatusOr<absl::Time> Settle(const Lane& lane, const Judgement& judgement,
                                    const std::vector<Evidence>& evidence,
                                    const std::vector<Order>& orders);
  // Whether a transfer that was held DEAD by expiry was executed after all, and then everything
  // that follows from it. nullopt: none was.
  absl::StatusOr<std::optional<absl::Time>> LookForResurrection(const Lane& lane);
  absl::StatusOr<absl::Time> Revive(const Lane& lane, const Transfer& winner,
                                    const Judgement& judgement,
                                    const std::vector<Evidence>& evidence);

  // What is to be signed next: lane_prepare.cc.
  absl::StatusOr<absl::Time> Prepare(const Lane& lane);
  // Reviews that end by themselves once nothing can be executed any more.
  absl::StatusOr<Held> Releasable(const Lane& lane, std::optional<int64_t> used);
  absl::StatusOr<bool> EndHeld(const Lane& lane, Held* burners);
  absl::Status KeepLost(std::vector<OrderChange>* moves);
  absl::StatusOr<absl::Time> MoveWaiting(const Lane& lane, std::vector<OrderChange> moves);
  absl::StatusOr<absl::Time> PayFrom(const Lane& lane, const std::vector<PayableOrder>& payable,
                                     const Held& burners);
  absl::StatusOr<absl::Time> Unusable(const Lane& lane, const std::vector<PayableOrder>& payable,
                                      const absl::Status& why);
  absl::StatusOr<absl::Time> Account(const Lane& lane, const Providers::Answer& answer,
                                     int64_t seqno, bool* accounted);
  absl::StatusOr<bool> ProvisionalGone(const Lane& lane);
  absl::StatusOr<absl::Time> ShutFor(const Lane& lane, Reason reason,
                                     const std::vector<OrderId>& orders,
                                     absl::string_view transaction_hash, int64_t accounted_lt);
  absl::Status ReviewUnrecorded(const Lane& lane, const OrderId& order,
                                absl::string_view transaction_hash);
  absl::StatusOr<absl::Time> Pick(const Lane& lane, std::vector<PayableOrder> payable,
                                  const Held& burners, const AccountState& account,
                                  const WalletReading& wallet);

  // Signing and sending: lane_sign.cc.
  // Nothing chosen: a transfer without payments, for the orders that wait for the seqno to be used
  // up.
  absl::StatusOr<absl::Time> Sign(const Lane& lane, std::vector<PayableOrder> chosen,
                                  const Held& burners, const AccountState& account,
                                  const WalletReading& wallet);
  absl::StatusOr<Secret> KeyFor(const Lane& lane, const std::vector<PayableOrder>& chosen,
                                const Held& burners, std::vector<OrderChange>* ended);
  absl::Status Commit(const Lane& lane, const Transfer& transfer,
                      const std::vector<OrderChange>& paying);
  absl::StatusOr<absl::Time> Send(const Lane& lane, const TransferId& id);

  absl::StatusOr<absl::Time> ComeBack(const Lane& lane, absl::Duration after);
  void Tell(const Order& order, bool runnable);
  // The last move of each order is what the world should look at.
  void TellAll(const std::vector<OrderChange>& changes, bool runnable);

  const Ports ports_;
  const PaymentRules rules_;
  WitnessGuard guard_;
  ReleaseGuard releases_;
};

}  // namespace starlift
