// A transfer's way from its signature to its verdict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "money_world.h"

namespace starlift {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kAmount = 457'200'000;

class LaneStepTest : public MoneyTest {
 protected:
  void ExpectPaidOnce(const OrderId& id) {
    EXPECT_EQ(world_.StateOf(id), "PAID");
    ASSERT_THAT(world_.chain.paid, SizeIs(1));
    EXPECT_EQ(world_.chain.paid[0].amount, Units(kAmount));
    EXPECT_EQ(world_.chain.paid[0].payee, FakeMarket::kPayeeRaw);
    EXPECT_EQ(world_.Ledger(id, LedgerKind::kPost), 1);
    EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
    EXPECT_EQ(world_.Balance(absl::StrCat("held:", id.value())), Units(0));
  }
  // An order whose payments are never included, so many times.
  OrderId DiesProvisionally(const std::string& name, int times) {
    const OrderId id = Invoiced(name);
    world_.chain.handovers.assign(300, FakeChain::Handover::kDroppedByNode);
    StepLane();
    FollowLane();
    for (int i = 1; i < times; ++i) {
      PayAgain(id);
      FollowLane();
    }
    world_.chain.handovers.clear();
    return id;
  }
};

TEST_F(LaneStepTest, SignsCommitsSendsAndSeesThePayment) {
  const OrderId id = Invoiced("a");
  world_.signal.Forget();
  EXPECT_EQ(WaitOfLane(), world_.rules.payment.poll_every);
  const Transfer transfer = world_.Transfers().at(0);
  EXPECT_EQ(world_.StateOf(id), "PAYING");
  EXPECT_EQ(world_.Load(id).payment.normalized_hash, transfer.normalized_hash);
  EXPECT_THAT(world_.chain.sent, testing::ElementsAre(transfer.boc));
  EXPECT_EQ(transfer.sends, 1);
  EXPECT_EQ(transfer.valid_until, world_.clock.Now() + absl::Seconds(90));
  EXPECT_THAT(world_.signal.changed, testing::ElementsAre(id.value()));

  StepLane();
  ExpectPaidOnce(id);
  const Order& paid = world_.Load(id);
  EXPECT_FALSE(paid.payment.transaction_hash.empty());
  EXPECT_EQ(paid.payment.transaction_lt, world_.chain.last_lt(wallet_));
  EXPECT_EQ(paid.payment.amount, Units(kAmount));
  EXPECT_EQ(paid.paid_at, world_.clock.Now());
  EXPECT_EQ(world_.LaneOf(wallet_).next_seqno, 1);
  EXPECT_EQ(world_.LaneOf(wallet_).last_lt, paid.payment.transaction_lt);
  EXPECT_EQ(world_.Balance("fragment"), Units(kAmount));
  EXPECT_EQ(world_.Balance("network_fees"), Units(FakeChain::kFee));
  EXPECT_TRUE(world_.signal.Announced(WorkItem::Kind::kOrder, id.value()));
  EXPECT_EQ(StepLane(), absl::InfiniteFuture());
}

TEST_F(LaneStepTest, WhoComesWhileATransferIsUnderWayGoesWithTheNext) {
  const OrderId first = Invoiced("a");
  StepLane();
  EXPECT_EQ(world_.StateOf(first), "PAYING") << "an idle lane fires at once";
  std::vector<OrderId> gathered;
  for (int i = 0; i < 5; ++i) gathered.push_back(Invoiced(absl::StrCat("b", i)));
  StepLane();  // PAID
  for (const OrderId& id : gathered) EXPECT_EQ(world_.StateOf(id), "INVOICED");
  StepLane();  // all five are signed
  StepLane();
  for (const OrderId& id : gathered) EXPECT_EQ(world_.StateOf(id), "PAID");
  ASSERT_THAT(world_.Transfers(), SizeIs(2));
  EXPECT_EQ(world_.Transfers()[1].seqno, 1);
  EXPECT_THAT(world_.Transfers()[1].payments, SizeIs(5));
  EXPECT_THAT(world_.chain.paid, SizeIs(6));
}

TEST_F(LaneStepTest, AWalletThatIsNotDeployedBringsItsStateInit) {
  for (const bool deployed : {false, true}) {
    const std::string wallet = world_.AddWallet(deployed ? 2 : 1, deployed);
    const OrderId id = world_.Buy(absl::StrCat("o", deployed), wallet, wallet);
    StepOrder(id);
    Step({WorkItem::Kind::kLane, wallet}, world_.clock.Now());
    const std::string& boc = world_.chain.sent.back();
    const auto cell = ton::ReadBoc({reinterpret_cast<const uint8_t*>(boc.data()), boc.size()});
    EXPECT_EQ(ton::ParseExternalMessage(*cell)->state_init == nullptr, deployed);
    Step({WorkItem::Kind::kLane, wallet}, world_.LaneOf(wallet).lease.due);
    EXPECT_EQ(world_.StateOf(id), "PAID");
    EXPECT_EQ(world_.LaneOf(wallet).next_seqno, 1);
  }
}

TEST_F(LaneStepTest, AWorkerThatDiesBetweenCommitAndSendLosesNothing) {
  const OrderId id = Invoiced("a");
  NextCall("CommitTransfer", CallFate::kDiesAfter);
  EXPECT_FALSE(LaneFails().ok());
  const Transfer transfer = world_.Transfers().at(0);
  EXPECT_EQ(transfer.sends, 0);
  EXPECT_THAT(world_.chain.sent, IsEmpty());

  Worker other(world_, "w2");
  const WorkItem lane{WorkItem::Kind::kLane, wallet_};
  EXPECT_EQ(*other.Run(lane), absl::InfiniteFuture()) << "the lease still holds";
  world_.Pass(world_.rules.payment.lease + absl::Seconds(1));
  ASSERT_TRUE(other.Run(lane).ok());
  EXPECT_THAT(world_.chain.sent, testing::ElementsAre(transfer.boc));
  StepLane();
  ExpectPaidOnce(id);
}

TEST_F(LaneStepTest, AWorkerThatDiesAroundTheSendRepeatsTheSameBytes) {
  for (const auto& [method, fate] :
       {std::pair("Send", CallFate::kDiesBefore), std::pair("Send", CallFate::kDiesAfter),
        std::pair("MarkSent", CallFate::kDiesBefore)}) {
    const std::string name = absl::StrCat(method, static_cast<int>(fate));
    const OrderId id = Invoiced(name);
    world_.chain.sent.clear();
    world_.chain.paid.clear();
    NextCall(method, fate);
    EXPECT_FALSE(LaneFails().ok());
    const Transfer transfer = world_.Transfers().back();
    EXPECT_EQ(transfer.sends, 0);
    StepLane();  // the same worker, restarted
    EXPECT_THAT(world_.chain.sent, Each(transfer.boc));
    EXPECT_EQ(world_.Transfers().back().sends, 1);
    StepLane();
    ExpectPaidOnce(id);
  }
}

TEST_F(LaneStepTest, ALostCommitAnswerIsReadBack) {
  const OrderId id = Invoiced("a");
  NextCall("CommitTransfer", CallFate::kAnswerLost);
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "PAYING");
  EXPECT_THAT(world_.chain.sent, testing::ElementsAre(world_.Transfers().at(0).boc));
  StepLane();
  ExpectPaidOnce(id);
}

TEST_F(LaneStepTest, WhatIsNotFoundAfterALostCommitIsNotSent) {
  const OrderId id = Invoiced("a");
  NextCall("CommitTransfer", CallFate::kVanishes);
  EXPECT_EQ(ReasonOf(LaneFails()), Reason::kStorageUnavailable);
  EXPECT_THAT(world_.chain.sent, IsEmpty());
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  StepLane();
  EXPECT_EQ(world_.Transfers().at(0).seqno, 0);
  StepLane();
  ExpectPaidOnce(id);
}

TEST_F(LaneStepTest, ACommitThatCannotBeReadBackIsNotSent) {
  const OrderId id = Invoiced("a");
  worker_.fate.choose = [](absl::string_view method) {
    if (method == "CommitTransfer") return CallFate::kAnswerLost;
    return method == "FindTransfer" ? CallFate::kFails : CallFate::kNormal;
  };
  EXPECT_FALSE(LaneFails().ok());
  EXPECT_THAT(world_.chain.sent, IsEmpty());
  worker_.fate.choose = nullptr;
  StepLane();
  EXPECT_THAT(world_.Transfers(), SizeIs(1)) << "the committed one, nothing new";
  EXPECT_THAT(world_.chain.sent, testing::ElementsAre(world_.Transfers().at(0).boc));
  StepLane();
  ExpectPaidOnce(id);
}

TEST_F(LaneStepTest, ALostSendIsRepeatedWithTheSameBytes) {
  using Handover = FakeChain::Handover;
  for (const Handover lost : {Handover::kRequestLost, Handover::kDroppedByNode}) {
    const OrderId id = Invoiced(absl::StrCat("o", static_cast<int>(lost)));
    world_.chain.sent.clear();
    world_.chain.paid.clear();
    world_.chain.handovers = {lost, lost};
    StepLane();
    for (int i = 0; i < 30 && world_.StateOf(id) == "PAYING"; ++i) StepLane();
    ExpectPaidOnce(id);
    EXPECT_THAT(world_.chain.sent, SizeIs(3));
    EXPECT_THAT(world_.chain.sent, Each(world_.Transfers().back().boc));
  }
}

TEST_F(LaneStepTest, ALostAnswerOfASendIsNoFailure) {
  const OrderId id = Invoiced("a");
  world_.chain.handovers = {FakeChain::Handover::kAnswerLost};
  EXPECT_EQ(WaitOfLane(), world_.rules.payment.read_retry);
  StepLane();
  ExpectPaidOnce(id);
  EXPECT_THAT(world_.chain.sent, SizeIs(1));
}

TEST_F(LaneStepTest, WhatWasNeverIncludedDiesProvisionallyAndIsRetriedUnderTheSameSeqno) {
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(100, FakeChain::Handover::kDroppedByNode);
  StepLane();
  FollowLane();
  world_.chain.handovers.clear();
  const Transfer dead = world_.Transfers().at(0);
  EXPECT_EQ(dead.verdict, Verdict::kDead);
  EXPECT_TRUE(dead.provisional);
  EXPECT_GE(world_.clock.Now(), dead.valid_until + world_.rules.payment.expiry_margin);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_EQ(world_.Load(id).payment_attempts, 1);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid) + world_.Ledger(id, LedgerKind::kFee), 0);

  PayAgain(id);
  EXPECT_EQ(world_.Transfers().at(1).seqno, dead.seqno);
  world_.chain.Send(dead.boc);  // somebody keeps the old bytes
  StepLane();
  ExpectPaidOnce(id);
  EXPECT_FALSE(world_.Transfers().at(0).provisional) << "the seqno is used by a known message";
}

TEST_F(LaneStepTest, AFailedActionPhaseLeavesTheMessageAlive) {
  const OrderId id = Invoiced("a");
  world_.chain.executions = {FakeChain::Execution::kActionPhaseFails};
  StepLane();
  StepLane();
  EXPECT_GT(world_.chain.last_lt(wallet_), 0);
  EXPECT_EQ(world_.StateOf(id), "PAYING");
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kLive);
  StepLane();
  ExpectPaidOnce(id);
}

TEST_F(LaneStepTest, AFailedActionPhaseThatIsNeverRepeatedExpires) {
  const OrderId id = Invoiced("a");
  world_.chain.executions = {FakeChain::Execution::kActionPhaseFails};
  StepLane();
  StepLane();
  world_.chain.ForgetWaiting();
  world_.chain.handovers.assign(100, FakeChain::Handover::kDroppedByNode);
  FollowLane();
  world_.chain.handovers.clear();
  EXPECT_TRUE(world_.Transfers().at(0).provisional);
  PayAgain(id);
  StepLane();
  ExpectPaidOnce(id);
}

TEST_F(LaneStepTest, AFailedActionPhaseProvesNothingWhileThePayingRunIsNotListed) {
  const OrderId id = Invoiced("a");
  world_.chain.executions = {FakeChain::Execution::kActionPhaseFails};
  StepLane();
  StepLane();  // the failed run
  world_.chain.view.index_lag = 1;
  StepLane();  // the paying run: the account shows it, the list does not
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kLive) << "a lag of seconds is no news";
  world_.clock.Advance(world_.rules.payment.expiry_margin);
  StepLane();
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kUnknown);
  EXPECT_EQ(world_.StateOf(id), "PAYING");
  world_.chain.view.index_lag = 0;
  StepLane();
  ExpectPaidOnce(id);
}

TEST_F(LaneStepTest, OrdersBehindAnUnknownTransferComeToTheEndOfTheirTime) {
  const OrderId stuck = Invoiced("a");
  world_.chain.handovers.assign(200, FakeChain::Handover::kDroppedByNode);
  StepLane();
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "other");
  world_.chain.view.hole = true;
  StepLaneWhile([&] { return world_.StateOf(stuck) == "PAYING"; });
  world_.market.invoice_life = absl::Hours(48);
  const OrderId waiting = Invoiced("b");
  StepLane();
  EXPECT_EQ(world_.StateOf(waiting), "INVOICED");
  world_.clock.Set(world_.Load(waiting).execute_by);
  StepLane();
  EXPECT_EQ(world_.StateOf(waiting), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(waiting).reason, Reason::kQueueTimeout);
  EXPECT_EQ(world_.Ledger(waiting, LedgerKind::kVoid), 0);
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kUnknown);
}

TEST_F(LaneStepTest, ASkippedPaymentIsDeadCostsItsFeeAndIsRetried) {
  const OrderId id = Invoiced("a");
  world_.chain.executions = {FakeChain::Execution::kSkipped};
  StepLane();
  StepLane();
  const Transfer dead = world_.Transfers().at(0);
  EXPECT_EQ(dead.verdict, Verdict::kDead);
  EXPECT_FALSE(dead.provisional);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kFee), 1);
  EXPECT_EQ(world_.LaneOf(wallet_).next_seqno, 1);
  PayAgain(id);
  EXPECT_EQ(world_.Transfers().at(1).seqno, 1);
  StepLane();
  ExpectPaidOnce(id);
  EXPECT_EQ(world_.Balance("network_fees"), Units(2 * FakeChain::kFee));
  EXPECT_EQ(world_.Balance(absl::StrCat("wallet:", wallet_)),
            world_.chain.balance(wallet_) - Units(10'000'000'000));
}

TEST_F(LaneStepTest, ThreeFinalDeathsFailTheOrderAndReleaseItsMoney) {
  const OrderId id = Invoiced("a");
  world_.chain.executions.assign(3, FakeChain::Execution::kSkipped);
  StepLane();
  StepLane();
  for (int attempt = 2; attempt <= 3; ++attempt) {
    PayAgain(id);
    StepLane();
  }
  EXPECT_EQ(world_.StateOf(id), "FAILED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentAttemptsExhausted);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 1);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kFee), 3);
  EXPECT_THAT(world_.chain.paid, IsEmpty());
  EXPECT_EQ(world_.Balance(absl::StrCat("wallet:", wallet_)), Units(-3 * FakeChain::kFee));
}

TEST_F(LaneStepTest, ThreeProvisionalDeathsKeepTheMoneyUntilTheSeqnoIsUsed) {
  const OrderId id = DiesProvisionally("a", 3);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentAttemptsExhausted);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
  for (const Transfer& transfer : world_.Transfers()) EXPECT_EQ(transfer.seqno, 0);
  // The lane goes on, and its next payment settles that none of the three was executed.
  const OrderId next = Invoiced("b");
  StepLane();
  StepLane();
  ExpectPaidOnce(next);
  for (const Transfer& transfer : world_.Transfers()) EXPECT_FALSE(transfer.provisional);
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "FAILED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentAttemptsExhausted);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 1);
}

TEST_F(LaneStepTest, AnIdleLaneUsesTheSeqnoUpWithATransferWithoutPayments) {
  const OrderId id = DiesProvisionally("a", 3);
  StepLane();
  ASSERT_THAT(world_.Transfers(), SizeIs(4));
  EXPECT_THAT(world_.Transfers()[3].payments, IsEmpty());
  EXPECT_EQ(world_.Transfers()[3].seqno, 0);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "FAILED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentAttemptsExhausted);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 1);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kFee), 1) << "what the empty transfer cost";
  EXPECT_EQ(world_.Balance(absl::StrCat("wallet:", wallet_)),
            world_.chain.balance(wallet_) - Units(10'000'000'000));
  EXPECT_EQ(world_.LaneOf(wallet_).next_seqno, 1);
  EXPECT_THAT(world_.chain.paid, IsEmpty());
  EXPECT_EQ(StepLane(), absl::InfiniteFuture());
}

TEST_F(LaneStepTest, AWalletThatCannotPayTheEmptyTransferKeepsItsOrdersInReview) {
  const OrderId id = DiesProvisionally("a", 3);
  world_.chain.SetBalance(wallet_, Units(1'000'000));
  for (int i = 0; i < 5; ++i) StepLane();
  EXPECT_THAT(world_.Transfers(), SizeIs(3));
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  world_.chain.SetBalance(wallet_, Units(1'000'000'000));
  StepLane();
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "FAILED");
}

// --- a message that was judged dead by expiry is executed after all

TEST_F(LaneStepTest, AResurrectedTransferKillsWhatWasSignedInItsPlace) {
  const OrderId id = DiesProvisionally("a", 1);
  const Transfer dead = world_.Transfers().at(0);
  const OrderId other = Invoiced("b");
  world_.chain.handovers.assign(5, FakeChain::Handover::kDroppedByNode);
  PayAgain(id);  // with `other`, under the same seqno
  EXPECT_EQ(world_.StateOf(other), "PAYING");
  world_.chain.Include(*world_.chain.Message(dead.normalized_hash), true);
  StepLaneWhile([&] { return world_.StateOf(id) == "PAYING"; });
  ExpectPaidOnce(id);
  EXPECT_EQ(world_.Load(id).payment.normalized_hash, dead.normalized_hash);
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kPaid);
  EXPECT_EQ(world_.Transfers().at(1).verdict, Verdict::kDead);
  EXPECT_FALSE(world_.Transfers().at(1).provisional);
  EXPECT_EQ(world_.StateOf(other), "QUEUED");
  EXPECT_EQ(world_.Load(other).payment_attempts, 0);
  world_.chain.handovers.clear();
  PayAgain(other);
  StepLane();
  EXPECT_EQ(world_.StateOf(other), "PAID");
  EXPECT_THAT(world_.chain.paid, SizeIs(2));
}

TEST_F(LaneStepTest, AResurrectedTransferIsFoundBeforeAnythingIsSignedAnew) {
  const OrderId id = DiesProvisionally("a", 1);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  world_.chain.Include(*world_.chain.Message(world_.Transfers().at(0).normalized_hash), true);
  world_.chain.Block();
  StepLaneWhile([&] { return world_.StateOf(id) == "INVOICED"; });
  ExpectPaidOnce(id);
  EXPECT_THAT(world_.Transfers(), SizeIs(1));
  EXPECT_EQ(world_.LaneOf(wallet_).next_seqno, 1);
}

TEST_F(LaneStepTest, ASeqnoUsedByWhatCannotBeSeenStaysUnknownAndShutsTheLane) {
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(200, FakeChain::Handover::kDroppedByNode);
  StepLane();
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "other");
  world_.chain.view.hole = true;
  StepLaneWhile([&] { return world_.Transfers().at(0).verdict == Verdict::kLive; });
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kUnknown);
  EXPECT_EQ(world_.StateOf(id), "PAYING");
  const absl::Time since = world_.Transfers().at(0).unknown_since;
  StepLaneWhile([&] { return world_.clock.Now() < since + world_.rules.payment.unknown_limit; });
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentVerdictUnknown);
  EXPECT_TRUE(world_.LaneOf(wallet_).shut);
  Invoiced("b");
  for (int i = 0; i < 50; ++i) StepLane();
  EXPECT_THAT(world_.Transfers(), SizeIs(1)) << "a shut lane signs nothing";
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
}

TEST_F(LaneStepTest, ADisplacementIsProvedByTheWholeHistoryAndIsNoAttempt) {
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(3, FakeChain::Handover::kDroppedByNode);
  StepLane();
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "other");
  FollowLane();
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kDead);
  EXPECT_FALSE(world_.Transfers().at(0).provisional);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_EQ(world_.Load(id).payment_attempts, 0);
  world_.chain.handovers.clear();
  StepOrder(id);
  StepLane();  // the other message is accounted for
  StepLane();
  EXPECT_EQ(world_.Transfers().at(1).seqno, 1);
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "PAID");
}

TEST_F(LaneStepTest, AWalletThatIsDisplacedAgainAndAgainRests) {
  const OrderId id = Invoiced("a");
  for (int i = 0; i < 3; ++i) {
    world_.chain.handovers.assign(3, FakeChain::Handover::kDroppedByNode);
    StepLaneWhile([&] { return world_.StateOf(id) != "PAYING"; });
    world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), absl::StrCat("other", i));
    FollowLane();
    EXPECT_EQ(world_.StateOf(id), "QUEUED");
    world_.chain.handovers.clear();
    StepOrder(id);
  }
  const absl::Time rested = world_.clock.Now() + world_.rules.payment.displaced_rest;
  EXPECT_EQ(*worker_.Run({WorkItem::Kind::kLane, wallet_}), absl::InfiniteFuture());
  EXPECT_THAT(world_.Transfers(), SizeIs(3));
  const std::string other = world_.AddWallet(1);
  const OrderId elsewhere = world_.Buy("other", other, "ses-other");
  StepOrder(elsewhere);
  ASSERT_TRUE(worker_.Run({WorkItem::Kind::kLane, other}).ok());
  EXPECT_EQ(world_.StateOf(elsewhere), "PAYING") << "no other lane notices";
  world_.Pass(rested - world_.clock.Now());
  StepLaneWhile([&] { return world_.StateOf(id) == "INVOICED" || world_.StateOf(id) == "PAYING"; });
  EXPECT_NE(world_.StateOf(id), "NEEDS_REVIEW");
}

TEST_F(LaneStepTest, LateEvidenceOfThePaymentReopensTheLane) {
  const OrderId id = Invoiced("a");
  StepLane();
  world_.chain.view.no_hash = world_.chain.view.hole = true;
  StepLaneWhile([&] { return world_.StateOf(id) == "PAYING"; });
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_TRUE(world_.LaneOf(wallet_).shut);
  world_.chain.view = {};
  StepLane();
  ExpectPaidOnce(id);
  EXPECT_FALSE(world_.LaneOf(wallet_).shut);
  const OrderId next = Invoiced("b");
  StepLane();
  StepLane();
  EXPECT_EQ(world_.StateOf(next), "PAID");
}

TEST_F(LaneStepTest, AChainThatCannotBeReadIsNoVerdict) {
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(1000, FakeChain::Handover::kDroppedByNode);
  StepLane();
  world_.chain.view.down = true;
  const Transfer transfer = world_.Transfers().at(0);
  StepLaneWhile([&] { return world_.clock.Now() < transfer.valid_until; });
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kLive);
  EXPECT_GE(world_.chain.sent.size(), 20u) << "it is sent again while it can be executed";
  EXPECT_THAT(world_.chain.sent, Each(transfer.boc));
  const size_t sent = world_.chain.sent.size();
  const absl::Duration margin = world_.rules.payment.expiry_margin;
  const absl::Time review =
      transfer.valid_until + 2 * margin + world_.rules.payment.unknown_limit + absl::Seconds(2);
  StepLaneWhile([&] { return world_.clock.Now() < review; });
  EXPECT_EQ(world_.chain.sent.size(), sent);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  world_.chain.view.down = false;
  StepLane();
  EXPECT_TRUE(world_.Transfers().at(0).provisional);
  EXPECT_EQ(world_.StateOf(id), "QUEUED") << "one dead attempt of three";
  EXPECT_FALSE(world_.LaneOf(wallet_).shut);
}

TEST_F(LaneStepTest, AReviewIsNotToldTwiceOfTheThirdProvisionalDeath) {
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(1000, FakeChain::Handover::kDroppedByNode);
  StepLane();
  FollowLane();
  PayAgain(id);
  FollowLane();
  PayAgain(id);
  world_.chain.view.down = true;
  StepLaneWhile([&] { return world_.StateOf(id) == "PAYING"; });
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  const int64_t sequence = world_.Load(id).sequence;
  world_.chain.view.down = false;
  StepLane();
  EXPECT_TRUE(world_.Transfers().at(2).provisional);
  EXPECT_EQ(world_.Load(id).sequence, sequence);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_FALSE(world_.LaneOf(wallet_).shut);
}

TEST_F(LaneStepTest, AWalletThatChangedHandsIsNoEvidence) {
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(1000, FakeChain::Handover::kDroppedByNode);
  StepLane();
  world_.chain.AddExtension(wallet_);
  for (int i = 0; i < 60; ++i) StepLane();
  EXPECT_EQ(world_.Transfers().at(0).verdict, Verdict::kUnknown);
  EXPECT_EQ(world_.StateOf(id), "PAYING");
}

// Between its claim and its look at the orders the worker slept, and another one did it all.
TEST_F(LaneStepTest, AWorkerThatWokeUpTooLateChangesNothing) {
  const OrderId id = Invoiced("a");
  StepLane();
  world_.Pass(absl::Seconds(1));
  worker_.fate.choose = [&](absl::string_view method) {
    if (method == "OrdersOf") {
      worker_.fate.choose = nullptr;
      world_.Pass(world_.rules.payment.lease + absl::Seconds(1));
      Worker other(world_, "w2");
      EXPECT_TRUE(other.Run({WorkItem::Kind::kLane, wallet_}).ok());
      world_.market.Settle(world_.chain.paid.at(0).body_hash);
      EXPECT_TRUE(other.Run({WorkItem::Kind::kOrder, id.value()}).ok());
    }
    return CallFate::kNormal;
  };
  EXPECT_EQ(ReasonOf(LaneFails()), Reason::kConcurrentRequest);
  EXPECT_EQ(world_.StateOf(id), "DELIVERED");
}

TEST_F(LaneStepTest, AWorkerThatLostItsFenceWritesNothing) {
  for (const std::string method : {"CommitTransfer", "Send", "Resolve"}) {
    SCOPED_TRACE(method);
    const OrderId id = Invoiced(method);
    world_.chain.paid.clear();
    Worker other(world_, "w2");
    worker_.fate.choose = [&](absl::string_view called) {
      if (called == method) {
        worker_.fate.choose = nullptr;
        world_.clock.Advance(world_.rules.payment.lease + absl::Seconds(1));
        world_.chain.Block();
        EXPECT_TRUE(other.Run({WorkItem::Kind::kLane, wallet_}).ok());
      }
      return CallFate::kNormal;
    };
    absl::Status status;
    for (int i = 0; i < 5 && status.ok(); ++i) {
      world_.Pass(absl::Seconds(1));
      status = LaneFails();
    }
    EXPECT_EQ(ReasonOf(status), Reason::kConcurrentRequest);
    for (int i = 0; i < 5 && world_.StateOf(id) == "PAYING"; ++i) StepLane();
    ExpectPaidOnce(id);
    StepLane();
  }
}

}  // namespace
}  // namespace starlift
