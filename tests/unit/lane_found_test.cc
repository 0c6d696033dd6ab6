// What the simulated fleet found, each as the shortest story that shows it. They stay when the
// simulation's dice fall otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "money_world.h"

namespace starlift {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class LaneFoundTest : public MoneyTest {
 protected:
  void Deliver(FakeChain::Handover handover) { world_.chain.handovers.assign(300, handover); }

  // An order whose payment runs once with a failed action phase, and is never included again.
  OrderId FailsOnce(const std::string& name) {
    const OrderId id = Invoiced(name);
    world_.chain.executions = {FakeChain::Execution::kActionPhaseFails};
    StepLane();
    world_.chain.Block();
    world_.chain.ForgetWaiting();
    Deliver(FakeChain::Handover::kDroppedByNode);
    return id;
  }
  // An order whose payments are never included, so many times.
  OrderId DiesProvisionally(const std::string& name, int times) {
    const OrderId id = Invoiced(name);
    Deliver(FakeChain::Handover::kDroppedByNode);
    StepLane();
    FollowLane();
    for (int i = 1; i < times; ++i) {
      PayAgain(id);
      FollowLane();
    }
    return id;
  }
  Transfer At(size_t number) const { return world_.Transfers().at(number); }
};

// A failed run was taken for the one that used the seqno: the order was charged with an attempt,
// and the lane believed that it knew what the owner's message had done.
TEST_F(LaneFoundTest, AFailedRunIsNotWhatUsedTheSeqno) {
  const OrderId id = FailsOnce("a");
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "other");
  StepLaneWhile([&] { return At(0).verdict == Verdict::kLive; });
  EXPECT_EQ(At(0).verdict, Verdict::kDead);
  EXPECT_FALSE(At(0).provisional);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_EQ(world_.Load(id).payment_attempts, 0) << "displaced: nobody's fault";
  EXPECT_THAT(world_.LaneOf(wallet_).displaced_at, SizeIs(1));
  EXPECT_EQ(world_.LaneOf(wallet_).next_seqno, 0) << "the owner's message is to be looked at";
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kFee), 1) << "the failed run cost something";
}

// The same behind a provisional death: the failed run came back as the winner of the seqno, and
// killed a transfer that had nothing to do with it.
TEST_F(LaneFoundTest, AFailedRunWinsNoSeqnoBack) {
  const OrderId id = FailsOnce("a");
  FollowLane();
  ASSERT_TRUE(At(0).provisional);
  PayAgain(id);
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "other");
  StepLaneWhile([&] { return At(1).verdict == Verdict::kLive; });
  EXPECT_EQ(At(1).verdict, Verdict::kDead);
  EXPECT_THAT(world_.LaneOf(wallet_).displaced_at, SizeIs(1));
  EXPECT_EQ(world_.Load(id).payment_attempts, 1) << "of the first one's death alone";
  StepOrder(id);
  Deliver(FakeChain::Handover::kDelivered);
  StepLaneWhile([&] { return world_.StateOf(id) != "PAID"; });
  EXPECT_EQ(At(2).seqno, 1);
  EXPECT_EQ(At(0).verdict, Verdict::kDead);
}

// Between a worker's look at the lane and its look at the orders another one resurrected the
// transfer, and the loser's order was in QUEUED: moving it there once more ended the process.
TEST_F(LaneFoundTest, AResurrectionThatAnotherWorkerFinishedFirst) {
  const OrderId id = DiesProvisionally("a", 1);
  const std::string dead = At(0).normalized_hash;
  const OrderId other = Invoiced("b");
  PayAgain(id);  // with `other`, under the same seqno
  ASSERT_EQ(world_.StateOf(other), "PAYING");
  world_.chain.Include(*world_.chain.Message(dead), true);
  Worker second(world_, "w2");
  int reads = 0;
  worker_.fate.choose = [&](absl::string_view method) {
    if (method != "OrdersOf" || ++reads != 2) return CallFate::kNormal;
    worker_.fate.choose = nullptr;
    world_.Pass(world_.rules.payment.lease + absl::Seconds(1));
    EXPECT_TRUE(second.Run({WorkItem::Kind::kLane, wallet_}).ok());
    EXPECT_EQ(world_.StateOf(other), "QUEUED");
    return CallFate::kNormal;
  };
  world_.Pass(absl::Seconds(4));
  EXPECT_EQ(ReasonOf(LaneFails()), Reason::kConcurrentRequest);
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(world_.StateOf(id), "PAID");
  EXPECT_EQ(world_.StateOf(other), "QUEUED");
  EXPECT_THAT(world_.chain.paid, SizeIs(1));
}

// The owner paid the invoice before the lane's first signature: what the wallet did before that was
// not looked at.
TEST_F(LaneFoundTest, TheFirstSignatureLooksAtWhatTheWalletDidBefore) {
  const OrderId id = Invoiced("a");
  const Invoice invoice = *world_.database.invoices.NewestOf(id);
  world_.chain.SpendElsewhere(wallet_, invoice.payee, invoice.amount, invoice.payload_hash);
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentWithoutRecord);
  EXPECT_TRUE(world_.LaneOf(wallet_).shut);
  for (int i = 0; i < 10; ++i) StepLane();
  EXPECT_THAT(world_.Transfers(), IsEmpty());
  EXPECT_THAT(world_.chain.paid, SizeIs(1));
}

// A listing that was shorter than a page was not asked for its beginning: what it left out at that
// end was never looked at.
TEST_F(LaneFoundTest, TheFirstSignatureLooksAtAllThatTheWalletDid) {
  const OrderId id = Invoiced("a");
  const Invoice invoice = *world_.database.invoices.NewestOf(id);
  world_.chain.SpendElsewhere(wallet_, invoice.payee, invoice.amount, invoice.payload_hash);
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "other");
  world_.chain.view.hole = true;
  for (int i = 0; i < 5; ++i) StepLane();
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  world_.chain.view = {};
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_THAT(world_.Transfers(), IsEmpty());
}

// A provider whose head was ahead of the world let a transfer without payments die in the second in
// which it was signed: the next one had the same bytes, and only the database refused it.
TEST_F(LaneFoundTest, TheSameContentIsNotSignedTwiceInASecond) {
  const OrderId id = DiesProvisionally("a", 3);
  const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(LaneDue()) + 2);
  world_.Pass(second - world_.clock.Now());
  StepLane();
  ASSERT_THAT(world_.Transfers(), SizeIs(4));
  ASSERT_THAT(At(3).payments, IsEmpty());
  world_.chain.view.time_ahead = absl::Minutes(2);
  StepLane();
  ASSERT_TRUE(At(3).provisional);
  world_.chain.view = {};
  ASSERT_LT(world_.clock.Now(), second + absl::Seconds(1));
  EXPECT_GT(WaitOfLane(), absl::ZeroDuration()) << "it comes back, and nothing failed";
  EXPECT_THAT(world_.Transfers(), SizeIs(4));
  Deliver(FakeChain::Handover::kDelivered);
  StepLaneWhile([&] { return world_.StateOf(id) == "NEEDS_REVIEW"; });
  ASSERT_THAT(world_.Transfers(), SizeIs(5));
  EXPECT_NE(At(3).normalized_hash, At(4).normalized_hash);
  EXPECT_EQ(world_.StateOf(id), "FAILED");
}

// The same where the owner's message was the death, and a provider that lags still shows the seqno.
TEST_F(LaneFoundTest, TheSameContentIsNotSignedAgainAfterADisplacement) {
  DiesProvisionally("a", 3);
  const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(LaneDue()) + 2);
  world_.Pass(second - world_.clock.Now());
  StepLane();
  ASSERT_THAT(At(3).payments, IsEmpty());
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "other");
  StepLane();
  ASSERT_EQ(At(3).verdict, Verdict::kDead);
  ASSERT_FALSE(At(3).provisional);
  world_.chain.view.account_lag = 2;
  EXPECT_GT(WaitOfLane(), absl::ZeroDuration()) << "it comes back, and nothing failed";
  EXPECT_THAT(world_.Transfers(), SizeIs(4));
}

// A failed run of the transfer without payments was enough to say that it had used the seqno, while
// the payment of an earlier one did and could not be seen: the order was FAILED and its hold gone.
TEST_F(LaneFoundTest, AFailedRunOfATransferWithoutPaymentsEndsNoOrder) {
  const OrderId id = DiesProvisionally("a", 3);
  const std::string dead = At(0).normalized_hash;
  Deliver(FakeChain::Handover::kDelivered);
  StepLane();
  ASSERT_THAT(world_.Transfers(), SizeIs(4));
  world_.chain.executions = {FakeChain::Execution::kActionPhaseFails};
  world_.chain.Block();
  world_.chain.ForgetWaiting();
  world_.chain.Include(*world_.chain.Message(dead), true);
  world_.chain.Block();
  ASSERT_THAT(world_.chain.paid, SizeIs(1));
  world_.chain.view.hole = true;
  for (int i = 0; i < 5; ++i) StepLane();
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
  world_.chain.view = {};
  StepLaneWhile([&] { return world_.StateOf(id) == "NEEDS_REVIEW"; });
  EXPECT_EQ(world_.StateOf(id), "PAID");
  EXPECT_THAT(world_.chain.paid, SizeIs(1));
}

// Who looked at a shut lane and found nobody waiting wrote "never again" over the call of an order
// that came meanwhile: that order's time never ended.
TEST_F(LaneFoundTest, AnOrderThatComesWhileAShutLaneIsHeldComesToTheEndOfItsTime) {
  world_.execute_window = absl::Hours(1);
  const OrderId first = Invoiced("a");
  const Invoice invoice = *world_.database.invoices.NewestOf(first);
  world_.chain.SpendElsewhere(wallet_, invoice.payee, invoice.amount, invoice.payload_hash);
  StepLane();
  ASSERT_TRUE(world_.LaneOf(wallet_).shut);
  const OrderId id = world_.Buy("b", wallet_, "ses-b");
  Worker second(world_, "w2");
  worker_.fate.choose = [&](absl::string_view method) {
    if (method != "Release") return CallFate::kNormal;
    worker_.fate.choose = nullptr;
    EXPECT_TRUE(second.Run({WorkItem::Kind::kOrder, id.value()}).ok());
    return CallFate::kNormal;
  };
  StepLane();
  ASSERT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_NE(LaneDue(), absl::InfiniteFuture());
  world_.clock.Set(world_.Load(id).execute_by);
  world_.chain.Block();
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kQueueTimeout);
}

}  // namespace
}  // namespace starlift
