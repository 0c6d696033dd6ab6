// What the witness log remembers when the database does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "money_world.h"

namespace starlift {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class LaneRollbackTest : public MoneyTest {
 protected:
  // Back to the order's invoice: the transfer was signed and sent, and the database forgot it.
  FakeTables InvoicedBackup(const OrderId& id) {
    EXPECT_EQ(world_.StateOf(id), "INVOICED");
    return world_.database.Backup();
  }
  void Restore(const FakeTables& backup) {
    world_.database.Restore(backup);
    world_.LaneOf(wallet_).lease.due = world_.clock.Now();
  }
  // Past the newest valid_until in the log.
  void Wait() { world_.Pass(absl::Seconds(120)); }
};

TEST_F(LaneRollbackTest, EveryTransferLeavesALineBeforeItIsSent) {
  Invoiced("a");
  NextCall("WriteWitness", CallFate::kFails);
  StepLane();
  ASSERT_THAT(world_.Transfers(), SizeIs(1));
  EXPECT_THAT(world_.chain.sent, IsEmpty()) << "no line, no send";
  StepLane();
  EXPECT_THAT(world_.chain.sent, SizeIs(1));
  const Transfer transfer = world_.Transfers().at(0);
  ASSERT_THAT(world_.witness.lines(), SizeIs(1));
  const WitnessLine& line = world_.witness.lines().begin()->second;
  EXPECT_EQ(line.normalized_hash, transfer.normalized_hash);
  EXPECT_EQ(line.number, transfer.number);
  EXPECT_EQ(line.seqno, transfer.seqno);
  EXPECT_EQ(line.valid_until, transfer.valid_until);
  EXPECT_THAT(line.orders, testing::ElementsAre(transfer.payments[0].order));
  EXPECT_THAT(line.payload_hashes, testing::ElementsAre(transfer.payments[0].body_hash));
}

TEST_F(LaneRollbackTest, WithoutTheLogNothingIsSigned) {
  const OrderId id = Invoiced("a");
  NextCall("AskWitness", CallFate::kFails);
  EXPECT_FALSE(LaneFails().ok());
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "PAYING");
}

TEST_F(LaneRollbackTest, AnOrderThatALostTransferPaidIsNotPaidAgain) {
  const OrderId id = Invoiced("a");
  const FakeTables backup = InvoicedBackup(id);
  StepLane();
  StepLane();
  ASSERT_THAT(world_.chain.paid, SizeIs(1));
  Restore(backup);
  StepLane();
  EXPECT_EQ(world_.eras.Current()->number, 1) << "the log is ahead: a rollback";
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  for (int i = 0; i < 10; ++i) StepLane();
  EXPECT_THAT(world_.Transfers(), IsEmpty()) << "a lost transfer may still be executed";
  Wait();
  StepLaneWhile([&] { return world_.StateOf(id) == "INVOICED"; });
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentWithoutRecord);
  EXPECT_GT(world_.Load(id).sequence, 1'000'000) << "no number is told twice";
  EXPECT_THAT(world_.chain.paid, SizeIs(1));
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
  // The wallet's own seqno went on; the next order is paid under the one after it.
  world_.market.invoice_life = absl::Hours(1);
  const OrderId next = Invoiced("b");
  StepLaneWhile([&] { return world_.StateOf(next) != "PAYING"; });
  EXPECT_EQ(world_.Transfers().back().seqno, 1);
  EXPECT_GT(world_.Transfers().back().number, 1) << "numbers go on above the log's";
}

TEST_F(LaneRollbackTest, AnOrderOfALostTransferThatDiedIsFree) {
  const OrderId id = Invoiced("a");
  const FakeTables backup = InvoicedBackup(id);
  world_.market.invoice_life = absl::Hours(1);
  world_.chain.handovers.assign(1, FakeChain::Handover::kDroppedByNode);
  StepLane();
  ASSERT_THAT(world_.chain.sent, SizeIs(1));
  Restore(backup);
  StepLane();
  Wait();
  StepLaneWhile([&] { return world_.StateOf(id) != "PAYING"; });
  EXPECT_EQ(world_.Transfers().at(0).seqno, 0) << "the same seqno guards it";
  StepLaneWhile([&] { return world_.StateOf(id) == "PAYING"; });
  EXPECT_EQ(world_.StateOf(id), "PAID");
  EXPECT_THAT(world_.chain.paid, SizeIs(1));
}

// The client retries after the restore, and pays from another wallet this time.
TEST_F(LaneRollbackTest, ALostTransferStopsItsOrderOnEveryWallet) {
  const FakeTables before = world_.database.Backup();
  const OrderId id = Invoiced("a");
  StepLane();
  world_.chain.Block();
  ASSERT_THAT(world_.chain.paid, SizeIs(1));
  world_.database.Restore(before);
  const std::string other = world_.AddWallet(1);
  ASSERT_EQ(world_.Buy("a", other, "ses-a"), id) << "the same request is the same order";
  world_.market.accounts["ses-a"] = {};
  StepOrder(id);
  Wait();
  for (int i = 0; i < 20; ++i) {
    Step({WorkItem::Kind::kLane, other}, world_.LaneOf(other).lease.due);
  }
  EXPECT_THAT(world_.Transfers(), IsEmpty());
  EXPECT_THAT(world_.chain.paid, SizeIs(1));
  // Its time runs out: nobody may release the money either.
  world_.clock.Set(world_.Load(id).execute_by);
  world_.chain.Block();
  for (int i = 0; i < 5 && world_.StateOf(id) != "NEEDS_REVIEW"; ++i) {
    Step({WorkItem::Kind::kLane, other}, world_.LaneOf(other).lease.due);
    if (world_.StateOf(id) == "QUEUED") StepOrder(id);
  }
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
}

TEST_F(LaneRollbackTest, TheHousesOwnMessageWithoutARowShutsTheLane) {
  const std::string house = world_.AddHouseWallet(5);
  world_.AddHouseSession("house-1", house, 5);
  const auto step = [&] { Step({WorkItem::Kind::kLane, house}, world_.LaneOf(house).lease.due); };
  const OrderId first = world_.BuyFromCredit("first");
  StepOrder(first);
  step();
  step();
  EXPECT_EQ(world_.StateOf(first), "PAID");
  world_.chain.SpendElsewhere(house, "0:thief", Units(5), "note");
  const OrderId second = world_.BuyFromCredit("second");
  StepOrder(second);
  step();
  EXPECT_TRUE(world_.LaneOf(house).shut);
  EXPECT_EQ(world_.StateOf(second), "INVOICED");
  // A person looked, and opens it: the same transaction does not stop it again, and the chain says
  // which seqno is next.
  world_.LaneOf(house).shut = false;
  world_.LaneOf(house).next_seqno.reset();
  for (int i = 0; i < 5 && world_.StateOf(second) != "PAID"; ++i) step();
  EXPECT_EQ(world_.StateOf(second), "PAID");
}

TEST_F(LaneRollbackTest, AnOrderOfBalanceIsPaidByTheHouseFromTheTenantsCredit) {
  const std::string house = world_.AddHouseWallet(5);
  world_.AddHouseSession("house-1", house, 5);
  const OrderId id = world_.BuyFromCredit("a");
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_EQ(world_.Load(id).payer.wallet_address, house);
  for (int i = 0; i < 2; ++i) {
    Step({WorkItem::Kind::kLane, house}, world_.LaneOf(house).lease.due);
  }
  EXPECT_EQ(world_.StateOf(id), "PAID");
  const Quote& quote = world_.Load(id).quote;
  const Units spent = world_.Load(id).payment.amount + Units(FakeChain::kFee) + quote.commission;
  EXPECT_EQ(world_.Balance(CreditAccount(world_.tenant)), quote.max_total - spent);
  EXPECT_EQ(world_.Balance("fragment"), world_.Load(id).payment.amount);
}

TEST_F(LaneRollbackTest, AV4WalletCarriesFour) {
  const std::string wallet = world_.AddWallet(7, true, Units(10'000'000'000), WalletVersion::kV4R2);
  std::vector<OrderId> ids;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(world_.Buy(absl::StrCat("v4-", i), wallet, absl::StrCat("ses-v4-", i)));
    StepOrder(ids.back());
  }
  for (int i = 0; i < 4; ++i) {
    Step({WorkItem::Kind::kLane, wallet}, world_.LaneOf(wallet).lease.due);
  }
  for (const OrderId& id : ids) EXPECT_EQ(world_.StateOf(id), "PAID");
  ASSERT_THAT(world_.Transfers(), SizeIs(2));
  EXPECT_THAT(world_.Transfers()[0].payments, SizeIs(4));
  EXPECT_THAT(world_.Transfers()[1].payments, SizeIs(2));
}

// One provider still shows the wallet as it was before its owner filled it.
TEST_F(LaneRollbackTest, AProviderThatIsBehindEndsNoOrderForWantOfMoney) {
  world_.AddProvider();
  Worker worker(world_, "w9");
  const OrderId id = Invoiced("a");
  world_.chain.SetBalance(wallet_, Units(0));
  for (int i = 0; i < 3; ++i) world_.chain.Block();
  world_.chain.SetBalance(wallet_, Units(10'000'000'000));
  world_.chain.Block();
  world_.chain.view.account_lag = 2;
  ASSERT_TRUE(worker.Run({WorkItem::Kind::kLane, wallet_}).ok());
  EXPECT_EQ(world_.StateOf(id), "PAYING");
}

// The preferred provider is down, lags or lies; the other one carries on.
TEST_F(LaneRollbackTest, AnotherProviderCarriesOn) {
  FakeProvider& second = world_.AddProvider();
  Worker worker(world_, "w9");
  const auto step = [&] {
    const absl::Time due = LaneDue();
    if (due > world_.clock.Now()) world_.Pass(due - world_.clock.Now());
    EXPECT_TRUE(worker.Run({WorkItem::Kind::kLane, wallet_}).ok());
  };
  const OrderId id = Invoiced("a");
  world_.chain.view.down = true;
  step();
  EXPECT_EQ(world_.StateOf(id), "PAYING");
  step();
  EXPECT_EQ(world_.StateOf(id), "PAID");
  // Both answer, and the first one calls a living message dead: the second one does not agree.
  world_.chain.view = {};
  const OrderId next = Invoiced("b");
  world_.chain.handovers.assign(50, FakeChain::Handover::kDroppedByNode);
  step();
  world_.chain.view.time_ahead = absl::Seconds(12);
  const absl::Time end = world_.Transfers().back().valid_until;
  while (world_.clock.Now() < end + absl::Seconds(5)) step();
  EXPECT_EQ(world_.StateOf(next), "PAYING");
  second.view.down = true;
  step();
  EXPECT_EQ(world_.StateOf(next), "QUEUED") << "with nobody to contradict it";
  EXPECT_TRUE(world_.Transfers().back().provisional) << "and even then the same seqno guards it";
}

}  // namespace
}  // namespace starlift
