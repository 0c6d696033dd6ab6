#pragma once

#include <string>
#include <utility>
#include <vector>

#include "contract/lane_world.h"

// The promises of LaneStore about transfers that died and may come back, about displacements, and
// about orders in review. Included by one file of each test binary.

namespace starlift {

class LaneVerdictContract : public LaneContract {
 protected:
  std::vector<OrderId> HeldIds(const Lane& lane) {
    const auto held = world_->lanes().HeldInReview(lane, 10);
    EXPECT_TRUE(held.ok()) << held.status();
    std::vector<OrderId> ids;
    for (const LaneStore::HeldOrder& order : *held) ids.push_back(order.order.id);
    return ids;
  }
  static OrderChange ToReview(const Order& order, absl::Time now) {
    return {Move(order, OrderState::kNeedsReview, now,
                 {Reason::kPaymentAttemptsExhausted, "three", {}}),
            {}};
  }
};

TEST_P(LaneVerdictContract, ALaneShowsWhatDiedProvisionally) {
  const Twice twice = SignTwice("shows");
  Transfer second = twice.second;
  ASSERT_TRUE(world_->lanes().Resolve(twice.lane, DeadResolution(second, true)).ok());
  ASSERT_TRUE(world_->lanes().Release(twice.lane, Now()).ok());
  Lane lane = ClaimLane(twice.lane.wallet());
  EXPECT_FALSE(lane.unresolved.has_value());
  ASSERT_EQ(lane.provisional.size(), 2u);
  EXPECT_EQ(lane.provisional[0].id, twice.second.id);  // newest first
  EXPECT_EQ(lane.provisional[1].id, twice.first.id);
  EXPECT_EQ(lane.provisional[1].payments.size(), 1u);
  EXPECT_EQ(lane.newest_number, lane.provisional[0].number);
  ASSERT_TRUE(world_->lanes().AdoptSeqno(lane, 6, 50).ok());
  ASSERT_TRUE(world_->lanes().Release(lane, Now()).ok());
  lane = ClaimLane(twice.lane.wallet());
  EXPECT_TRUE(lane.provisional.empty());
  EXPECT_EQ(lane.newest_number, (*world_->lanes().FindTransfer(twice.second.id))->number);
}

TEST_P(LaneVerdictContract, ADeadTransferComesBack) {
  const Twice twice = SignTwice("back");
  const absl::Status back = world_->lanes().Resurrect(twice.lane, FirstWon(twice));
  ASSERT_TRUE(back.ok()) << back;
  const auto first = *world_->lanes().FindTransfer(twice.first.id);
  const auto second = *world_->lanes().FindTransfer(twice.second.id);
  EXPECT_EQ(first->verdict, Verdict::kPaid);
  EXPECT_FALSE(first->provisional);
  EXPECT_EQ(first->payments.front().verdict, Verdict::kPaid);
  EXPECT_EQ(second->verdict, Verdict::kDead);
  EXPECT_FALSE(second->provisional);
  EXPECT_EQ(second->payments.front().verdict, Verdict::kDead);
  EXPECT_EQ(world_->EvidenceOf(twice.first.id), "seen after all");
  EXPECT_EQ(world_->EvidenceOf(twice.second.id), "seen after all");
  const Order paid = Load(twice.waiting.order.id);
  EXPECT_EQ(paid.state, OrderState::kPaid);
  EXPECT_EQ(paid.payment.normalized_hash, twice.first.normalized_hash);
  EXPECT_EQ(world_->LedgerSum(), Units(0));
  ASSERT_TRUE(world_->lanes().Release(twice.lane, Now()).ok());
  const Lane lane = ClaimLane(twice.lane.wallet());
  EXPECT_FALSE(lane.unresolved.has_value());
  EXPECT_TRUE(lane.provisional.empty());
  EXPECT_EQ(lane.next_seqno, 6);
  EXPECT_EQ(lane.last_lt, 99);
}

TEST_P(LaneVerdictContract, ATransferComesBackOnce) {
  const Twice twice = SignTwice("once");
  const LaneResurrection back = FirstWon(twice);
  const LaneResolution other = PaidResolution(twice.second);
  ASSERT_TRUE(world_->lanes().Resurrect(twice.lane, back).ok());
  EXPECT_EQ(ReasonOf(world_->lanes().Resurrect(twice.lane, back)), Reason::kConcurrentRequest);
  EXPECT_EQ(ReasonOf(world_->lanes().Resolve(twice.lane, other)), Reason::kConcurrentRequest);
}

TEST_P(LaneVerdictContract, ADeadTransferComesBackToAnIdleLane) {
  const ExamplePayer payer = Payer("idle");
  const Waiting waiting = MakeWaiting("idle", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer dead = Sign(lane, 5, waiting, "dead");
  ASSERT_TRUE(Commit(lane, dead).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(dead, true)).ok());
  LaneResurrection back = FirstWon({waiting, lane, dead, dead});
  back.loser.reset();
  // Queued anew: through review to PAID.
  const absl::Status done = world_->lanes().Resurrect(lane, back);
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(Load(waiting.order.id).state, OrderState::kPaid);
}

TEST_P(LaneVerdictContract, ComingBackToDeathEndsTheDoubt) {
  const Twice twice = SignTwice("skipped");
  LaneResurrection back = FirstWon(twice);
  Judge(&back.winner, Verdict::kDead);  // executed, and it paid nobody
  Order again = Load(twice.waiting.order.id);
  back.orders = {{Move(again, OrderState::kQueued, Now()), {}}};
  const absl::Status done = world_->lanes().Resurrect(twice.lane, back);
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_FALSE((*world_->lanes().FindTransfer(twice.first.id))->provisional);
  EXPECT_FALSE(Claim(twice.waiting.order.id).hold_money);
}

TEST_P(LaneVerdictContract, TheLoserOfASeqnoCannotBeForgotten) {
  const Twice twice = SignTwice("forgotten");
  LaneResurrection back = FirstWon(twice);
  back.loser.reset();
  EXPECT_EQ(ReasonOf(world_->lanes().Resurrect(twice.lane, back)), Reason::kInternal);
  back = FirstWon(twice);
  Judge(&*back.loser, Verdict::kPaid);
  EXPECT_EQ(ReasonOf(world_->lanes().Resurrect(twice.lane, back)), Reason::kInternal);
  back = FirstWon(twice);
  back.winner.provisional = true;
  back.winner.verdict = Verdict::kDead;
  EXPECT_EQ(ReasonOf(world_->lanes().Resurrect(twice.lane, back)), Reason::kInternal);
  EXPECT_EQ(Load(twice.waiting.order.id).state, OrderState::kPaying);
  EXPECT_EQ((*world_->lanes().FindTransfer(twice.first.id))->verdict, Verdict::kDead);
  EXPECT_EQ((*world_->lanes().FindTransfer(twice.second.id))->verdict, Verdict::kLive);
}

TEST_P(LaneVerdictContract, TheLosersOrdersAreFree) {
  const ExamplePayer payer = Payer("free");
  const std::vector<Waiting> two = MakeWaitingOn(payer, "free", 2);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer first = Sign(lane, 5, two[0], "first");
  ASSERT_TRUE(Commit(lane, first).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(first, true)).ok());
  const Transfer second = Sign(lane, 5, two[1], "second");
  ASSERT_TRUE(Commit(lane, second).ok());
  LaneResurrection back = FirstWon({two[0], lane, first, second});
  back.orders.push_back({Move(Load(two[1].order.id), OrderState::kQueued, Now()), {}});
  back.loser = second;  // not judged
  back.loser->verdict = Verdict::kDead;
  EXPECT_EQ(ReasonOf(world_->lanes().Resurrect(lane, back)), Reason::kInternal);
  Judge(&*back.loser, Verdict::kDead);
  const absl::Status done = world_->lanes().Resurrect(lane, back);
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(Load(two[0].order.id).state, OrderState::kPaid);
  const Waiting again{two[1].order, MakeInvoiced(Load(two[1].order.id), "free-again")};
  const absl::Status committed = Commit(lane, Sign(lane, 6, again, "third"));
  EXPECT_TRUE(committed.ok()) << committed;
}

TEST_P(LaneVerdictContract, ATransferLosesToOneOfItsOwnSeqnoAlone) {
  const ExamplePayer payer = Payer("own-seqno");
  const std::vector<Waiting> two = MakeWaitingOn(payer, "own-seqno", 2);
  const Lane lane = ClaimLane(payer.wallet);  // which has no next seqno yet
  const Transfer first = Sign(lane, 5, two[0], "first");
  ASSERT_TRUE(Commit(lane, first).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(first, true)).ok());
  const Transfer second = Sign(lane, 6, two[1], "second");
  ASSERT_TRUE(Commit(lane, second).ok());
  LaneResurrection back = FirstWon({two[0], lane, first, second});
  EXPECT_EQ(ReasonOf(world_->lanes().Resurrect(lane, back)), Reason::kConcurrentRequest);
  EXPECT_EQ((*world_->lanes().FindTransfer(second.id))->verdict, Verdict::kLive);
  back.loser.reset();
  const absl::Status done = world_->lanes().Resurrect(lane, back);
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ((*world_->lanes().FindTransfer(second.id))->verdict, Verdict::kLive);
}

TEST_P(LaneVerdictContract, WhatDiedProvisionallyIsSignedAgainUnderItsSeqnoAlone) {
  const ExamplePayer payer = Payer("alone");
  const Waiting waiting = MakeWaiting("alone", payer);
  const Lane lane = ClaimLane(payer.wallet);  // which has no next seqno yet
  const Transfer dead = Sign(lane, 5, waiting, "dead");
  ASSERT_TRUE(Commit(lane, dead).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(dead, true)).ok());
  const Waiting again{waiting.order, MakeInvoiced(Load(waiting.order.id), "alone-again")};
  EXPECT_EQ(ReasonOf(Commit(lane, Sign(lane, 6, again, "six"))), Reason::kInternal);
  EXPECT_TRUE(Commit(lane, Sign(lane, 5, again, "five")).ok());
}

TEST_P(LaneVerdictContract, AnOldFenceBringsNothingBack) {
  const ExamplePayer payer = Payer("zombie");
  const Waiting waiting = MakeWaiting("zombie", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer dead = Sign(lane, 5, waiting, "dead");
  ASSERT_TRUE(Commit(lane, dead).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(dead, true)).ok());
  LaneResurrection back = FirstWon({waiting, lane, dead, dead});
  back.loser.reset();
  ASSERT_TRUE(world_->lanes().Release(lane, Now()).ok());
  ClaimLane(payer.wallet, absl::Seconds(30), "worker-2");
  EXPECT_EQ(ReasonOf(world_->lanes().Resurrect(lane, back)), Reason::kConcurrentRequest);
  EXPECT_TRUE((*world_->lanes().FindTransfer(dead.id))->provisional);
}

TEST_P(LaneVerdictContract, AnotherWalletNeverSignsWhatMayStillBePaid) {
  const ExamplePayer payer = Payer("from");
  const Waiting waiting = MakeWaiting("from", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer dead = Sign(lane, 5, waiting, "dead");
  ASSERT_TRUE(Commit(lane, dead).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(dead, true)).ok());
  const ExamplePayer other = Payer("to");
  MakeWaiting("to", other);
  const Lane elsewhere = ClaimLane(other.wallet);
  Transfer moved = Sign(elsewhere, 5, waiting, "moved");
  Order believed = Load(waiting.order.id);
  believed.state = OrderState::kInvoiced;
  EXPECT_FALSE(
      world_->lanes()
          .CommitTransfer(elsewhere, moved, {{Move(believed, OrderState::kPaying, Now()), {}}})
          .ok());
  EXPECT_FALSE(world_->lanes().FindTransfer(moved.id)->has_value());
}

TEST_P(LaneVerdictContract, CountsDisplacementsAndCoolsDown) {
  const ExamplePayer payer = Payer("cool");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "cool", 2);
  Lane lane = ClaimLane(payer.wallet);
  EXPECT_EQ(lane.displacements, 0);
  const Transfer first = Sign(lane, 1, all[0], "one");
  ASSERT_TRUE(Commit(lane, first).ok());
  LaneResolution displaced = DeadResolution(first, false);
  displaced.displaced = true;
  ASSERT_TRUE(world_->lanes().Resolve(lane, displaced).ok());
  ASSERT_TRUE(world_->lanes().Release(lane, Now()).ok());
  lane = ClaimLane(payer.wallet);
  EXPECT_EQ(lane.displacements, 1);

  const Transfer second = Sign(lane, 2, all[1], "two");
  ASSERT_TRUE(Commit(lane, second).ok());
  displaced = DeadResolution(second, false);
  displaced.displaced = true;
  displaced.cool_down = absl::Seconds(1);
  displaced.evidence = "another message used it";
  ASSERT_TRUE(world_->lanes().Resolve(lane, displaced).ok());
  EXPECT_EQ(world_->EvidenceOf(second.id), "another message used it");
  ASSERT_TRUE(world_->lanes().Release(lane, Now()).ok());
  EXPECT_FALSE(world_->lanes().Claim(payer.wallet, "w", absl::Seconds(1))->has_value());
  MakeInvoiced(Load(all[0].order.id), "cool-again");  // announced, and it waits all the same
  EXPECT_FALSE(world_->lanes().Claim(payer.wallet, "w", absl::Seconds(1))->has_value());
  world_->Pass(absl::Milliseconds(1200));
  EXPECT_EQ(ClaimLane(payer.wallet).displacements, 2);
}

TEST_P(LaneVerdictContract, ListsOrdersThatWaitForAPerson) {
  const ExamplePayer payer = Payer("held");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "held", 3);
  const Lane lane = ClaimLane(payer.wallet);
  EXPECT_TRUE(HeldIds(lane).empty());
  const Transfer dead = SignAll(lane, 5, {all[0], all[1]}, "t");
  ASSERT_TRUE(Commit(lane, dead).ok());
  LaneResolution resolution = DeadResolution(dead, true);
  resolution.orders = {ToReview(Load(all[0].order.id), Now()),
                       ToReview(Load(all[1].order.id), Now() + absl::Milliseconds(1))};
  ASSERT_TRUE(world_->lanes().Resolve(lane, resolution).ok());
  const OrderChange third = ToReview(Load(all[2].order.id), Now() + absl::Milliseconds(2));
  ASSERT_TRUE(MoveOne(lane, third).ok());
  EXPECT_EQ(HeldIds(lane),
            (std::vector<OrderId>{all[0].order.id, all[1].order.id, all[2].order.id}));
  const auto held = world_->lanes().HeldInReview(lane, 10);
  EXPECT_TRUE(held->front().hold_money);
  EXPECT_EQ(held->front().wallet_key.bytes, "sealed key");
  EXPECT_FALSE(held->back().hold_money);
  EXPECT_EQ(world_->lanes().HeldInReview(lane, 1)->size(), 1u);
  // The seqno is used up: the money may go.
  ASSERT_TRUE(world_->lanes().AdoptSeqno(lane, 6, 60).ok());
  EXPECT_FALSE(world_->lanes().HeldInReview(lane, 1)->front().hold_money);
  const std::vector<OrderChange> ends = {
      Failed(Load(all[0].order.id), Now()),
      {Move(Load(all[1].order.id), OrderState::kQueued, Now()), {}}};
  const absl::Status moved = world_->lanes().MoveWaiting(lane, ends);
  ASSERT_TRUE(moved.ok()) << moved;
  EXPECT_EQ(HeldIds(lane), std::vector<OrderId>{all[2].order.id});
  EXPECT_EQ(Load(all[0].order.id).state, OrderState::kFailed);
  EXPECT_EQ(Load(all[1].order.id).state, OrderState::kQueued);
}

TEST_P(LaneVerdictContract, OnlyEvidenceLeadsOutOfAReviewWithAPayment) {
  const ExamplePayer payer = Payer("evidence");
  const Waiting waiting = MakeWaiting("evidence", payer);
  const Lane lane = ClaimLane(payer.wallet);
  Transfer transfer = Sign(lane, 2, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  Judge(&transfer, Verdict::kUnknown);
  LaneResolution doubt;
  doubt.transfer = transfer;
  doubt.orders = {ToReview(Load(waiting.order.id), Now())};
  ASSERT_TRUE(world_->lanes().Resolve(lane, doubt).ok());
  EXPECT_TRUE(HeldIds(lane).empty());
  EXPECT_EQ(ReasonOf(MoveOne(lane, Failed(Load(waiting.order.id), Now()))),
            Reason::kConcurrentRequest);
  ASSERT_TRUE(world_->lanes().Resolve(lane, PaidResolution(transfer)).ok());
  // PAID, and in review for its delivery: not the lane's either.
  const ClaimedOrder claimed = Claim(waiting.order.id);
  const OrderChange late = ToReview(claimed.order, Now());
  ASSERT_TRUE(world_->purchases().Save(claimed, late).ok());
  EXPECT_TRUE(HeldIds(lane).empty());
  Order queued = Load(waiting.order.id);
  EXPECT_FALSE(MoveOne(lane, {Move(queued, OrderState::kQueued, Now()), {}}).ok());
}

}  // namespace starlift
