#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "contract/lane_world.h"

// The promises of LaneStore. Included by one file of each test binary, which names the world.

namespace starlift {

class LaneStoreContract : public LaneContract {};

TEST_P(LaneStoreContract, OneWorkerHoldsALane) {
  const ExamplePayer payer = Payer("hold");
  MakeWaiting("hold", payer);
  const Lane lane = ClaimLane(payer.wallet, absl::Seconds(1));
  EXPECT_FALSE(lane.next_seqno.has_value());
  EXPECT_FALSE(lane.unresolved.has_value());
  EXPECT_FALSE(world_->lanes().Claim(payer.wallet, "w2", absl::Seconds(1))->has_value());
  world_->Pass(absl::Milliseconds(1200));
  const Lane second = ClaimLane(payer.wallet, absl::Seconds(30), "worker-2");
  EXPECT_GT(second.fence, lane.fence);
  EXPECT_FALSE(world_->lanes().Release(lane, Now()).ok());
  EXPECT_FALSE(world_->lanes().AdoptSeqno(lane, 5, 1).ok());
  EXPECT_FALSE(world_->lanes().Claim("0:unknown", "w", absl::Seconds(1))->has_value());
}

TEST_P(LaneStoreContract, HandsOutTheOldestWaitingOrder) {
  const ExamplePayer payer = Payer("oldest");
  const Waiting first = MakeWaiting("first", payer);
  world_->Pass(absl::Milliseconds(5));
  MakeWaiting("second", SameWallet(payer, "oldest-2"));
  const std::optional<PayableOrder> payable = NextPayable(ClaimLane(payer.wallet));
  ASSERT_TRUE(payable.has_value());
  EXPECT_EQ(payable->order.id, first.order.id);
  EXPECT_EQ(payable->invoice.fragment_request_id, first.invoice.fragment_request_id);
  EXPECT_EQ(payable->invoice.payload_boc, first.invoice.payload_boc);
  EXPECT_EQ(payable->invoice.confirm_params, first.invoice.confirm_params);
  EXPECT_EQ(payable->wallet_key.bytes, "sealed key");
  EXPECT_FALSE(payable->hold_money);
  EXPECT_FALSE(payable->foreign_payer_allowed);
}

TEST_P(LaneStoreContract, CommitsATransferWithItsOrders) {
  const ExamplePayer payer = Payer("commit");
  const Waiting waiting = MakeWaiting("commit", payer);
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().AdoptSeqno(lane, 7, 41).ok());
  const Transfer transfer = Sign(lane, 7, waiting, "t1");
  const absl::Status committed = Commit(lane, transfer);
  ASSERT_TRUE(committed.ok()) << committed;
  const auto found = world_->lanes().FindTransfer(transfer.id);
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->boc, transfer.boc);
  EXPECT_EQ((*found)->sends, 0);
  ASSERT_EQ((*found)->payments.size(), 1u);
  EXPECT_EQ((*found)->payments[0].body_hash, waiting.invoice.payload_hash);
  EXPECT_EQ(Load(waiting.order.id).state, OrderState::kPaying);
  EXPECT_EQ(Load(waiting.order.id).payment.normalized_hash, transfer.normalized_hash);
  ASSERT_TRUE(world_->lanes().MarkSent(lane, transfer.id).ok());
  ASSERT_TRUE(world_->lanes().Release(lane, Now()).ok());
  const Lane again = ClaimLane(payer.wallet);
  ASSERT_TRUE(again.unresolved.has_value());
  EXPECT_EQ(again.unresolved->sends, 1);
  EXPECT_EQ(again.next_seqno, 7);
  const auto orders = world_->lanes().OrdersOf(*again.unresolved);
  ASSERT_TRUE(orders.ok() && orders->size() == 1);
  EXPECT_EQ(orders->front().id, waiting.order.id);
}

TEST_P(LaneStoreContract, AnOldFenceCommitsNothing) {
  const ExamplePayer payer = Payer("old");
  const Waiting waiting = MakeWaiting("old", payer);
  const Lane zombie = ClaimLane(payer.wallet, absl::Milliseconds(100));
  world_->Pass(absl::Milliseconds(200));
  const Lane live = ClaimLane(payer.wallet, absl::Seconds(30), "worker-2");
  const Transfer transfer = Sign(zombie, 0, waiting, "zombie");
  EXPECT_EQ(ReasonOf(Commit(zombie, transfer)), Reason::kConcurrentRequest);
  EXPECT_FALSE(world_->lanes().FindTransfer(transfer.id)->has_value());
  EXPECT_EQ(Load(waiting.order.id).state, OrderState::kInvoiced);
  const Transfer ours = Sign(live, 0, waiting, "live");
  ASSERT_TRUE(Commit(live, ours).ok());
  EXPECT_FALSE(world_->lanes().MarkSent(zombie, ours.id).ok());
  EXPECT_FALSE(world_->lanes().Resolve(zombie, PaidResolution(ours)).ok());
  EXPECT_EQ(Load(waiting.order.id).state, OrderState::kPaying);
}

TEST_P(LaneStoreContract, OneUnresolvedTransferALane) {
  const ExamplePayer payer = Payer("single");
  const Waiting first = MakeWaiting("first", payer);
  const Waiting second = MakeWaiting("second", SameWallet(payer, "single-2"));
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(Commit(lane, Sign(lane, 3, first, "one")).ok());
  const Transfer other = Sign(lane, 4, second, "two");
  EXPECT_FALSE(Commit(lane, other).ok());
  EXPECT_FALSE(world_->lanes().FindTransfer(other.id)->has_value());
  EXPECT_EQ(Load(second.order.id).state, OrderState::kInvoiced);
}

TEST_P(LaneStoreContract, OneLivePaymentAnOrder) {
  const ExamplePayer payer = Payer("live");
  const Waiting waiting = MakeWaiting("live", payer);
  const Lane lane = ClaimLane(payer.wallet);
  Transfer transfer = Sign(lane, 3, waiting, "one");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, PaidResolution(transfer)).ok());
  // Even a writer that believes the order still waits cannot pay it again.
  Order stale = Load(waiting.order.id);
  stale.state = OrderState::kInvoiced;
  const Transfer again = Sign(lane, 4, waiting, "two");
  EXPECT_FALSE(world_->lanes()
                   .CommitTransfer(lane, again, {{Move(stale, OrderState::kPaying, Now()), {}}})
                   .ok());
  EXPECT_FALSE(world_->lanes().FindTransfer(again.id)->has_value());
}

TEST_P(LaneStoreContract, PaidMovesOrderLedgerAndSeqno) {
  const ExamplePayer payer = Payer("paid");
  const Waiting waiting = MakeWaiting("paid", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = Sign(lane, 9, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  const LaneResolution resolution = PaidResolution(transfer);
  ASSERT_TRUE(world_->lanes().Resolve(lane, resolution).ok());
  EXPECT_FALSE(world_->lanes().Resolve(lane, resolution).ok());
  const Order paid = Load(waiting.order.id);
  EXPECT_EQ(paid.state, OrderState::kPaid);
  EXPECT_EQ(paid.payment.transaction_lt, 77);
  EXPECT_EQ(paid.payment.amount, waiting.invoice.amount);
  EXPECT_EQ(world_->LedgerTransactions(paid.id), 2);
  EXPECT_EQ(world_->LedgerSum(), Units(0));
  ASSERT_TRUE(world_->lanes().Release(lane, Now()).ok());
  const Lane next = ClaimLane(payer.wallet);
  EXPECT_EQ(next.next_seqno, 10);
  EXPECT_EQ(next.last_lt, 77);
  EXPECT_FALSE(next.unresolved.has_value());
  const auto invoice = world_->purchases().FindPaidInvoice(paid.id);
  ASSERT_TRUE(invoice.ok() && invoice->has_value());
  EXPECT_EQ((*invoice)->boc, transfer.boc);
  EXPECT_EQ((*invoice)->invoice.confirm_method, waiting.invoice.confirm_method);
  EXPECT_EQ(Claim(paid.id).order.state, OrderState::kPaid);  // its delivery is to be seen
}

TEST_P(LaneStoreContract, DeathByExpiryBindsTheSeqno) {
  const ExamplePayer payer = Payer("expiry");
  const Waiting waiting = MakeWaiting("expiry", payer);
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().AdoptSeqno(lane, 5, 41).ok());
  const Transfer dead = Sign(lane, 5, waiting, "dead");
  ASSERT_TRUE(Commit(lane, dead).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(dead, true)).ok());
  const ClaimedOrder claimed = Claim(waiting.order.id);
  EXPECT_TRUE(claimed.hold_money);
  EXPECT_EQ(claimed.order.payment_attempts, 1);
  ASSERT_TRUE(world_->purchases().Postpone(claimed, Now()).ok());
  const Waiting again{claimed.order, MakeInvoiced(claimed.order, "expiry-2")};
  EXPECT_TRUE(NextPayable(lane)->hold_money);
  EXPECT_FALSE(Commit(lane, Sign(lane, 6, again, "wrong seqno")).ok());
  const Transfer second = Sign(lane, 5, again, "same seqno");
  const absl::Status committed = Commit(lane, second);
  ASSERT_TRUE(committed.ok()) << committed;
  ASSERT_TRUE(world_->lanes().Resolve(lane, PaidResolution(second)).ok());
  EXPECT_FALSE((*world_->lanes().FindTransfer(dead.id))->provisional);
}

TEST_P(LaneStoreContract, ASeqnoIsTheLanesNext) {
  const ExamplePayer payer = Payer("next");
  const Waiting waiting = MakeWaiting("next", payer);
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().AdoptSeqno(lane, 5, 41).ok());
  for (const int64_t wrong : {4, 6}) {
    const Transfer transfer = Sign(lane, wrong, waiting, absl::StrCat("wrong", wrong));
    EXPECT_EQ(ReasonOf(Commit(lane, transfer)), Reason::kInternal);
    EXPECT_FALSE(world_->lanes().FindTransfer(transfer.id)->has_value());
  }
  EXPECT_TRUE(Commit(lane, Sign(lane, 5, waiting, "right")).ok());
}

TEST_P(LaneStoreContract, UnknownStaysAndCanBeReviewed) {
  const ExamplePayer payer = Payer("unknown");
  const Waiting waiting = MakeWaiting("unknown", payer);
  const Lane lane = ClaimLane(payer.wallet);
  Transfer transfer = Sign(lane, 2, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  Judge(&transfer, Verdict::kUnknown);
  transfer.unknown_since = Now();
  LaneResolution doubt;
  doubt.transfer = transfer;
  doubt.evidence = "two providers disagree";
  ASSERT_TRUE(world_->lanes().Resolve(lane, doubt).ok());
  doubt.evidence.clear();
  doubt.shut = true;
  doubt.orders = {{Move(Load(waiting.order.id), OrderState::kNeedsReview, Now(),
                        {Reason::kPaymentVerdictUnknown, "why", {}}),
                   {}}};
  ASSERT_TRUE(world_->lanes().Resolve(lane, doubt).ok());
  ASSERT_TRUE(world_->lanes().Release(lane, Now()).ok());
  const Lane again = ClaimLane(payer.wallet);
  EXPECT_TRUE(again.shut);
  EXPECT_EQ(world_->EvidenceOf(transfer.id), "two providers disagree");
  ASSERT_TRUE(again.unresolved.has_value());
  EXPECT_EQ(again.unresolved->verdict, Verdict::kUnknown);
  EXPECT_EQ(again.unresolved->unknown_since, transfer.unknown_since);
  ASSERT_TRUE(world_->lanes().Resolve(again, PaidResolution(*again.unresolved)).ok());
  EXPECT_EQ(Load(waiting.order.id).state, OrderState::kPaid);
  ASSERT_TRUE(world_->lanes().Release(again, Now()).ok());
  EXPECT_FALSE(ClaimLane(payer.wallet).shut);  // a verdict opens what its absence had shut
}

TEST_P(LaneStoreContract, AVerdictOpensNothingElse) {
  const ExamplePayer payer = Payer("shut-twice");
  const Waiting waiting = MakeWaiting("shut-twice", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = Sign(lane, 2, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  ASSERT_TRUE(world_->lanes().ReleaseAndShut(lane, Reason::kPaymentWithoutRecord, Now(), 0).ok());
  const Lane again = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().Resolve(again, PaidResolution(transfer)).ok());
  ASSERT_TRUE(world_->lanes().Release(again, Now()).ok());
  EXPECT_TRUE(ClaimLane(payer.wallet).shut);
}

TEST_P(LaneStoreContract, AShutLaneSignsNothing) {
  const ExamplePayer payer = Payer("shut");
  const Waiting waiting = MakeWaiting("shut", payer);
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().ReleaseAndShut(lane, Reason::kPaymentWithoutRecord, Now(), 0).ok());
  const Lane again = ClaimLane(payer.wallet);
  EXPECT_TRUE(again.shut);
  EXPECT_FALSE(Commit(again, Sign(again, 0, waiting, "t")).ok());
}

TEST_P(LaneStoreContract, AShutLaneRemembersHowFarItLooked) {
  const ExamplePayer payer = Payer("looked");
  MakeWaiting("looked", payer);
  Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().AdoptSeqno(lane, 3, 40).ok());
  for (const int64_t accounted : {60, 50, 0}) {
    ASSERT_TRUE(
        world_->lanes().ReleaseAndShut(lane, Reason::kPaymentWithoutRecord, Now(), accounted).ok());
    lane = ClaimLane(payer.wallet);
    EXPECT_EQ(lane.last_lt, 60);
  }
}

TEST_P(LaneStoreContract, MovesAWaitingOrderWithoutATransfer) {
  const ExamplePayer payer = Payer("waiting");
  const Waiting waiting = MakeWaiting("waiting", payer);
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(MoveOne(lane, Failed(Load(waiting.order.id), Now())).ok());
  EXPECT_EQ(Load(waiting.order.id).state, OrderState::kFailed);
  EXPECT_EQ(world_->SealedSecrets(waiting.order.id), 0);
  EXPECT_FALSE(NextPayable(lane).has_value());
}

TEST_P(LaneStoreContract, MovesAQueuedOrderOfItsWallet) {
  const ExamplePayer payer = Payer("queued");
  MakeWaiting("first", payer);
  const Order queued = CreatePaid("second", SameWallet(payer, "queued-2"));
  const Order foreign = CreatePaid("third", Payer("queued-3"));
  const Lane lane = ClaimLane(payer.wallet);
  const auto found = world_->lanes().FindOrder(queued.id);
  ASSERT_TRUE(found.ok() && found->has_value());
  const auto review = [&](const Order& order) {
    return OrderChange{Move(order, OrderState::kNeedsReview, Now(),
                            {Reason::kPaymentWithoutRecord, "paid by hand", {}}),
                       {}};
  };
  EXPECT_TRUE(MoveOne(lane, review(**found)).ok());
  EXPECT_EQ(Load(queued.id).state, OrderState::kNeedsReview);
  EXPECT_FALSE(MoveOne(lane, review(foreign)).ok());
  EXPECT_FALSE(world_->lanes().FindOrder(OrderId("ord_unknown"))->has_value());
}

TEST_P(LaneStoreContract, ADeadPaymentsFeeIsBookedBesideTheHold) {
  const ExamplePayer payer = Payer("fee");
  const Waiting waiting = MakeWaiting("fee", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = Sign(lane, 2, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  LaneResolution dead = DeadResolution(transfer, false);
  dead.orders.front().ledger.push_back(
      Fee(waiting.order.id, payer.wallet, "txhash", Units(1'234'567)));
  ASSERT_TRUE(world_->lanes().Resolve(lane, dead).ok());
  EXPECT_EQ(world_->LedgerTransactions(waiting.order.id), 2);
  EXPECT_EQ(world_->LedgerSum(), Units(0));
  EXPECT_EQ(Claim(waiting.order.id).order.state, OrderState::kQueued);
}

TEST_P(LaneStoreContract, SeveralMovesOfAnOrderInOneResolution) {
  const ExamplePayer payer = Payer("chain");
  const Waiting waiting = MakeWaiting("chain", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = Sign(lane, 2, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  LaneResolution resolution = DeadResolution(transfer, true);
  const Order queued = resolution.orders.front().order;
  resolution.orders.push_back({Move(queued, OrderState::kNeedsReview, Now()), {}});
  ASSERT_TRUE(world_->lanes().Resolve(lane, resolution).ok());
  EXPECT_EQ(Load(waiting.order.id).state, OrderState::kNeedsReview);
  EXPECT_EQ(world_->orders().EventsAfter(tenant_, waiting.order.id, 0, 10)->size(), 6u);
}

TEST_P(LaneStoreContract, WhoeverComesWhileTheLaneIsHeldIsNotLeftWaiting) {
  const ExamplePayer payer = Payer("called");
  const Waiting first = MakeWaiting("first", payer);
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(MoveOne(lane, Failed(Load(first.order.id), Now())).ok());
  MakeWaiting("second", SameWallet(payer, "called-2"));
  ASSERT_TRUE(world_->lanes().Release(lane, absl::InfiniteFuture()).ok());
  const Lane again = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().Release(again, absl::InfiniteFuture()).ok());
  EXPECT_FALSE(world_->lanes().Claim(payer.wallet, "w", absl::Seconds(1))->has_value());
}

TEST_P(LaneStoreContract, ALaneIsNotDueBeforeItsTime) {
  const ExamplePayer payer = Payer("due");
  MakeWaiting("due", payer);
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().Release(lane, Now() + absl::Seconds(1)).ok());
  EXPECT_FALSE(world_->lanes().Claim(payer.wallet, "w", absl::Seconds(1))->has_value());
  world_->Pass(absl::Milliseconds(1200));
  EXPECT_TRUE(world_->lanes().Claim(payer.wallet, "w", absl::Seconds(1))->has_value());
}

TEST_P(LaneStoreContract, ASeqnoNeverGoesBack) {
  const ExamplePayer payer = Payer("seqno");
  MakeWaiting("seqno", payer);
  const Lane lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(world_->lanes().AdoptSeqno(lane, 8, 10).ok());
  EXPECT_FALSE(world_->lanes().AdoptSeqno(lane, 7, 10).ok());
  EXPECT_TRUE(world_->lanes().AdoptSeqno(lane, 9, 12).ok());
}

}  // namespace starlift
