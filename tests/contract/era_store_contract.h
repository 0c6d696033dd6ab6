#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "contract/lane_world.h"

// The promises of EraStore, on a database of its own for each test: an era is everybody's. Included
// by one file of each test binary, which names the world.

namespace starlift {

class EraStoreContract : public LaneContract {
 protected:
  Era Current() {
    const auto era = world_->eras().Current();
    EXPECT_TRUE(era.ok()) << era.status();
    return era.value_or(Era{});
  }
  // A transfer of a wallet of that name, and its number.
  int64_t CommitOne(const std::string& name) {
    const ExamplePayer payer = Payer(name);
    const Waiting waiting = MakeWaiting(name, payer);
    const Transfer transfer = Sign(ClaimLane(payer.wallet), 1, waiting, name);
    const absl::Status committed = Commit(ClaimLane(payer.wallet), transfer);
    EXPECT_TRUE(committed.ok()) << committed;
    return (*world_->lanes().FindTransfer(transfer.id))->number;
  }
  static LostTransfer Lost(const std::string& hash, Verdict verdict) {
    LostTransfer lost;
    lost.line.number = 70;
    lost.line.wallet = "0:w";
    lost.line.version = WalletVersion::kV4R2;
    lost.line.public_key_hex = "key";
    lost.line.start_lt = 41;
    lost.line.seqno = 5;
    lost.line.valid_until = absl::FromUnixSeconds(1'800'000'000);
    lost.line.normalized_hash = hash;
    lost.line.orders = {OrderId("ord_a"), OrderId("ord_b")};
    lost.line.payload_hashes = {"pa", "pb"};
    lost.line.payees = {"0:p", "0:p"};
    lost.verdict = verdict;
    return lost;
  }
  void Record(const LostTransfer& lost) {
    const absl::Status recorded = world_->eras().RecordLost(lost);
    EXPECT_TRUE(recorded.ok()) << recorded;
  }
  LostTransfer Find(const std::string& hash) {
    const std::vector<std::string> asked = {hash};
    const auto found = world_->eras().FindLost(asked);
    EXPECT_TRUE(found.ok() && found->size() == 1) << found.status();
    return found.ok() && found->size() == 1 ? found->begin()->second : LostTransfer{};
  }
  std::vector<std::string> OpenHashes(int limit, const std::string& wallet = "") {
    const auto open = world_->eras().OpenLost(limit, wallet);
    EXPECT_TRUE(open.ok()) << open.status();
    std::vector<std::string> hashes;
    for (const LostTransfer& lost : *open) hashes.push_back(lost.line.normalized_hash);
    return hashes;
  }
  // One of this wallet's, without orders.
  static LostTransfer LostOf(const std::string& wallet, int64_t seqno, const std::string& hash) {
    LostTransfer lost = Lost(hash, Verdict::kLive);
    lost.line.wallet = wallet;
    lost.line.seqno = seqno;
    lost.line.orders.clear();
    lost.line.payload_hashes.clear();
    lost.line.payees.clear();
    return lost;
  }
  bool LaneIsDue(const std::string& wallet) {
    const auto lane = world_->lanes().Claim(wallet, "worker-1", absl::Seconds(30));
    EXPECT_TRUE(lane.ok()) << lane.status();
    if (!lane.ok() || !lane->has_value()) return false;
    EXPECT_TRUE(world_->lanes().Release(**lane, absl::InfiniteFuture()).ok());
    return true;
  }
};

TEST_P(EraStoreContract, ADatabaseThatWasNeverRolledBack) {
  EXPECT_EQ(Current().number, 0);
  EXPECT_EQ(Current().newest_transfer, 0);
  EXPECT_EQ(Current().safe_after, absl::InfinitePast());
  const int64_t number = CommitOne("first");
  EXPECT_EQ(Current().number, 0);
  EXPECT_EQ(Current().newest_transfer, number);
}

TEST_P(EraStoreContract, AnEraBeginsOnce) {
  const absl::Time safe = Now() + absl::Minutes(2);
  ASSERT_TRUE(world_->eras().Begin(500, safe).ok());
  ASSERT_TRUE(world_->eras().Begin(500, safe + absl::Hours(1)).ok());
  ASSERT_TRUE(world_->eras().Begin(499, safe + absl::Hours(1)).ok());
  EXPECT_EQ(Current().number, 1);
  EXPECT_EQ(Current().newest_transfer, 500);
  EXPECT_EQ(Current().safe_after, safe);
  ASSERT_TRUE(world_->eras().Begin(501, safe - absl::Hours(1)).ok());
  EXPECT_EQ(Current().number, 2);
  EXPECT_EQ(Current().newest_transfer, 501);
  EXPECT_EQ(Current().safe_after, safe) << "it never goes back";
}

TEST_P(EraStoreContract, NothingWasLostWhenTheRowsAreThere) {
  const int64_t number = CommitOne("there");
  ASSERT_TRUE(world_->eras().Begin(number, Now()).ok());
  EXPECT_EQ(Current().number, 0);
}

TEST_P(EraStoreContract, NumbersGoOnAboveWhatWasLost) {
  CommitOne("before");
  ASSERT_TRUE(world_->eras().Begin(5000, Now()).ok());
  const int64_t next = CommitOne("after");
  EXPECT_GT(next, 5000);
  EXPECT_EQ(Current().newest_transfer, next);
  ASSERT_TRUE(world_->eras().Begin(next, Now()).ok());
  EXPECT_EQ(Current().number, 1);
}

TEST_P(EraStoreContract, EventsGoOnInANewEra) {
  const ExamplePayer payer = Payer("events");
  const Order open = CreatePaid("open", payer);
  const Order ending = CreatePaid("ended", Payer("ended"));
  const ClaimedOrder claimed = Claim(ending.id);
  ASSERT_TRUE(world_->purchases().Save(claimed, Failed(claimed.order, Now())).ok());
  const ClaimedOrder stale = Claim(open.id);
  ASSERT_TRUE(world_->eras().Begin(500, Now()).ok());
  EXPECT_EQ(Load(open.id).sequence, 1'000'000);
  EXPECT_EQ(Load(ending.id).sequence, 3);
  // Who read the order before changes nothing.
  EXPECT_EQ(ReasonOf(world_->purchases().Save(stale, Failed(stale.order, Now()))),
            Reason::kConcurrentRequest);
  EXPECT_EQ(Load(open.id).state, OrderState::kQueued);
  ASSERT_TRUE(world_->purchases().Postpone(stale, Now()).ok());
  MakeInvoiced(Load(open.id), "events");
  const auto events = world_->orders().EventsAfter(tenant_, open.id, 2, 10);
  ASSERT_TRUE(events.ok() && events->size() == 1) << events.status();
  EXPECT_EQ(events->front().sequence, 1'000'001);
  ASSERT_TRUE(world_->eras().Begin(9000, Now()).ok());
  EXPECT_EQ(Load(open.id).sequence, 2'000'000);
}

TEST_P(EraStoreContract, KeepsALostTransferAsItWas) {
  EXPECT_TRUE(world_->eras().FindLost({})->empty());
  const LostTransfer lost = Lost("h", Verdict::kUnknown);
  Record(lost);
  Record(Lost("other", Verdict::kDead));
  const LostTransfer found = Find("h");
  EXPECT_EQ(found.line.number, 70);
  EXPECT_EQ(found.line.wallet, "0:w");
  EXPECT_EQ(found.line.seqno, 5);
  EXPECT_EQ(found.line.valid_until, lost.line.valid_until);
  EXPECT_EQ(found.line.orders, lost.line.orders);
  EXPECT_EQ(found.line.payload_hashes, lost.line.payload_hashes);
  EXPECT_EQ(found.line.payees, lost.line.payees);
  EXPECT_EQ(found.line.start_lt, 41);
  EXPECT_EQ(found.line.version, WalletVersion::kV4R2);
  EXPECT_EQ(found.line.public_key_hex, "key");
  EXPECT_EQ(found.verdict, Verdict::kUnknown);
  EXPECT_TRUE(found.paid_orders.empty());
}

TEST_P(EraStoreContract, WhatHasNoRowIsRecordedAsLost) {
  const ExamplePayer payer = Payer("there");
  const Lane lane = [&] {
    MakeWaiting("there", payer);
    return ClaimLane(payer.wallet);
  }();
  const Transfer there = Sign(lane, 1,
                              {Load(OrderIdFor(tenant_, "there")),
                               ExampleInvoice(Load(OrderIdFor(tenant_, "there")),
                                              absl::StrCat(tenant_.value(), "there"), Now())},
                              "t");
  ASSERT_TRUE(Commit(lane, there).ok());
  WitnessLine known = Lost(there.normalized_hash, Verdict::kUnknown).line;
  const WitnessLine missing = Lost("missing", Verdict::kUnknown).line;
  Record(Lost("judged", Verdict::kDead));
  const WitnessLine judged = Lost("judged", Verdict::kUnknown).line;
  for (int i = 0; i < 2; ++i) {
    const absl::Status recorded = world_->eras().RecordMissing({known, missing, judged, missing});
    ASSERT_TRUE(recorded.ok()) << recorded;
  }
  EXPECT_TRUE(world_->eras().RecordMissing({}).ok());
  EXPECT_EQ(OpenHashes(10), std::vector<std::string>{"missing"});
  EXPECT_EQ(Find("missing").verdict, Verdict::kUnknown);
  EXPECT_EQ(Find("missing").line.orders, missing.orders);
  EXPECT_EQ(Find("missing").line.start_lt, 41);
  EXPECT_EQ(Find("judged").verdict, Verdict::kDead);
}

TEST_P(EraStoreContract, TheOneThatWasLookedAtLongestAgoComesFirst) {
  EXPECT_TRUE(OpenHashes(10).empty());
  ASSERT_TRUE(world_->eras()
                  .RecordMissing({LostOf("0:w", 1, "a").line, LostOf("0:v", 1, "b").line,
                                  LostOf("0:w", 2, "c").line})
                  .ok());
  EXPECT_EQ(world_->eras().OpenLost(1, "")->front().unjudged_for, absl::InfiniteDuration());
  Record(LostOf("0:w", 1, "a"));
  world_->Pass(absl::Milliseconds(20));
  Record(LostOf("0:v", 1, "b"));
  EXPECT_EQ(OpenHashes(10), (std::vector<std::string>{"c", "a", "b"}));
  EXPECT_EQ(OpenHashes(1), std::vector<std::string>{"c"});
  EXPECT_EQ(OpenHashes(10, "0:w"), (std::vector<std::string>{"c", "a"}));
  const absl::Duration since = world_->eras().OpenLost(2, "0:w")->back().unjudged_for;
  EXPECT_GE(since, absl::Milliseconds(20));
  EXPECT_LT(since, absl::Minutes(5));
  LostTransfer dead = LostOf("0:w", 2, "c");
  dead.verdict = Verdict::kDead;
  Record(dead);
  EXPECT_EQ(OpenHashes(10), (std::vector<std::string>{"a", "b"}));
}

TEST_P(EraStoreContract, AFinalVerdictCallsTheLanesThatMayWaitForIt) {
  const ExamplePayer payer = Payer("judged"), other = Payer("orders");
  MakeWaiting("judged", payer);
  const Waiting waiting = MakeWaiting("orders", other);
  EXPECT_TRUE(LaneIsDue(payer.wallet));
  EXPECT_TRUE(LaneIsDue(other.wallet));
  EXPECT_FALSE(LaneIsDue(payer.wallet));
  LostTransfer lost = LostOf(payer.wallet, 5, "h");
  lost.line.orders = {waiting.order.id};
  lost.line.payload_hashes = {"p"};
  lost.line.payees = {"0:p"};
  Record(lost);
  EXPECT_FALSE(LaneIsDue(payer.wallet)) << "nothing is known yet";
  lost.verdict = Verdict::kDead;
  Record(lost);
  EXPECT_TRUE(LaneIsDue(payer.wallet));
  EXPECT_TRUE(LaneIsDue(other.wallet)) << "the order is that wallet's now";
}

TEST_P(EraStoreContract, ASeqnoThatATransferOfOursUsedEndsWhatWasLostUnderIt) {
  const ExamplePayer payer = Payer("used");
  const Waiting waiting = MakeWaiting("used", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = Sign(lane, 5, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  for (const int64_t seqno : {4, 5, 6}) {
    Record(LostOf(payer.wallet, seqno, absl::StrCat("h", seqno)));
  }
  Record(LostOf("0:other", 5, "other"));
  ASSERT_TRUE(world_->lanes().Resolve(lane, PaidResolution(transfer)).ok());
  EXPECT_EQ(Find("h5").verdict, Verdict::kDead);
  EXPECT_EQ(Find("h4").verdict, Verdict::kLive) << "that may be the one which used its seqno";
  EXPECT_EQ(Find("h6").verdict, Verdict::kLive);
  EXPECT_EQ(Find("other").verdict, Verdict::kLive);
}

TEST_P(EraStoreContract, AnUnusedSeqnoEndsNothing) {
  const ExamplePayer payer = Payer("unused");
  const Waiting waiting = MakeWaiting("unused", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = Sign(lane, 5, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  Record(LostOf(payer.wallet, 5, "h"));
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(transfer, true)).ok());
  EXPECT_EQ(Find("h").verdict, Verdict::kLive);
  ASSERT_TRUE(world_->lanes().AdoptSeqno(lane, 6, 60).ok());
  EXPECT_EQ(Find("h").verdict, Verdict::kLive) << "somebody's message: perhaps this one";
}

TEST_P(EraStoreContract, ATransferThatComesBackEndsWhatWasLostUnderItsSeqno) {
  const Twice twice = SignTwice("back");
  Record(LostOf(twice.lane.wallet(), 5, "h"));
  const absl::Status back = world_->lanes().Resurrect(twice.lane, FirstWon(twice));
  ASSERT_TRUE(back.ok()) << back;
  EXPECT_EQ(Find("h").verdict, Verdict::kDead);
}

TEST_P(EraStoreContract, WhatALostTransferMayHavePaidIsNotReleased) {
  const ExamplePayer payer = Payer("held");
  const Order order = CreatePaid("held", payer);
  LostTransfer lost = Lost("h", Verdict::kUnknown);
  lost.line.orders = {order.id};
  Record(lost);
  ClaimedOrder claimed = Claim(order.id);
  EXPECT_TRUE(claimed.hold_money);
  lost.verdict = Verdict::kDead;
  Record(lost);
  ASSERT_TRUE(world_->purchases().Postpone(claimed, Now()).ok());
  claimed = Claim(order.id);
  EXPECT_FALSE(claimed.hold_money);
  // A restored database may have lost the lane that is to end the review.
  const OrderChange review{
      Move(claimed.order, OrderState::kNeedsReview, Now(), {Reason::kQueueTimeout, "", {}}), {}};
  ASSERT_TRUE(world_->purchases().Save(claimed, review).ok());
  const Lane lane = ClaimLane(payer.wallet);
  EXPECT_EQ(lane.payer.public_key_hex, order.payer.public_key_hex);
  EXPECT_EQ(world_->lanes().HeldInReview(lane, 5)->size(), 1u);
}

TEST_P(EraStoreContract, AVerdictStays) {
  Record(Lost("h", Verdict::kUnknown));
  LostTransfer paid = Lost("h", Verdict::kPaid);
  paid.transaction_hash = "tx";
  paid.paid_orders = {OrderId("ord_b")};
  Record(paid);
  Record(Lost("h", Verdict::kDead));
  Record(Lost("h", Verdict::kLive));
  const LostTransfer found = Find("h");
  EXPECT_EQ(found.verdict, Verdict::kPaid);
  EXPECT_EQ(found.transaction_hash, "tx");
  EXPECT_EQ(found.paid_orders, paid.paid_orders);
}

TEST_P(EraStoreContract, WhatALostTransferMayHavePaidIsNotSignedFor) {
  const ExamplePayer payer = Payer("lost");
  const Waiting waiting = MakeWaiting("lost", payer);
  const Lane lane = ClaimLane(payer.wallet);
  LostTransfer lost = Lost("h", Verdict::kUnknown);
  lost.line.orders = {waiting.order.id};
  Record(lost);
  const Transfer transfer = Sign(lane, 1, waiting, "t");
  EXPECT_EQ(ReasonOf(Commit(lane, transfer)), Reason::kInternal);
  lost.verdict = Verdict::kPaid;  // another order's payment left, this one's was skipped
  lost.line.orders.push_back(OrderId("ord_other"));
  lost.paid_orders = {OrderId("ord_other")};
  Record(lost);
  LostTransfer paid = Lost("paid", Verdict::kPaid);
  paid.line.orders = paid.paid_orders = {OrderId("ord_other")};
  Record(paid);
  const absl::Status committed = Commit(lane, transfer);
  EXPECT_TRUE(committed.ok()) << committed;
}

TEST_P(EraStoreContract, WhatALostTransferPaidIsNeverSignedFor) {
  const ExamplePayer payer = Payer("gone");
  const Waiting waiting = MakeWaiting("gone", payer);
  const Lane lane = ClaimLane(payer.wallet);
  LostTransfer lost = Lost("h", Verdict::kPaid);
  lost.line.wallet = payer.wallet;
  lost.line.orders = {OrderId("ord_other"), waiting.order.id};
  lost.paid_orders = {waiting.order.id};
  Record(lost);
  for (const int64_t seqno : {lost.line.seqno, lost.line.seqno + 1}) {
    const Transfer transfer = Sign(lane, seqno, waiting, absl::StrCat("t", seqno));
    EXPECT_EQ(ReasonOf(Commit(lane, transfer)), Reason::kInternal);
  }
  EXPECT_EQ(Load(waiting.order.id).state, OrderState::kInvoiced);
}

TEST_P(EraStoreContract, TheChainAdmitsALostTransferOrItsSuccessorUnderOneSeqno) {
  const ExamplePayer payer = Payer("successor");
  const Waiting waiting = MakeWaiting("successor", payer);
  const Lane lane = ClaimLane(payer.wallet);
  LostTransfer lost = Lost("h", Verdict::kUnknown);
  lost.line.wallet = payer.wallet;
  lost.line.orders = {waiting.order.id};
  Record(lost);
  EXPECT_EQ(ReasonOf(Commit(lane, Sign(lane, lost.line.seqno + 1, waiting, "other"))),
            Reason::kInternal);
  EXPECT_TRUE(Commit(lane, Sign(lane, lost.line.seqno, waiting, "same")).ok());
}

}  // namespace starlift
