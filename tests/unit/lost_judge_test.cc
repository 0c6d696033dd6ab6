// Transfers that the database lost, each judged by itself; and what waits for that.
#include "domain/payment/lost_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "money_world.h"

namespace starlift {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class LostJudgeTest : public MoneyTest {
 protected:
  // The order's transfer is signed and handed over once; then the database is what it was before.
  OrderId Lose(const std::string& name, FakeChain::Handover handover) {
    world_.market.invoice_life = absl::Hours(2);
    const OrderId id = Invoiced(name);
    const FakeTables backup = world_.database.Backup();
    world_.chain.handovers.assign(1, handover);
    StepLane();
    EXPECT_EQ(world_.StateOf(id), "PAYING");
    world_.chain.Block();
    world_.database.Restore(backup);
    return id;
  }
  OrderId LosePaid(const std::string& name) { return Lose(name, FakeChain::Handover::kDelivered); }
  OrderId LoseDropped(const std::string& name) {
    return Lose(name, FakeChain::Handover::kDroppedByNode);
  }
  void Look() {
    const absl::Status looked = worker_.watch.Look();
    EXPECT_TRUE(looked.ok()) << looked;
  }
  absl::Time JudgeStep() {
    const absl::StatusOr<absl::Time> next = worker_.judge.Step();
    EXPECT_TRUE(next.ok()) << next.status();
    return next.value_or(absl::InfiniteFuture());
  }
  // Past every valid_until, and past the last look.
  void Wait() { world_.Pass(absl::Seconds(120)); }
  void WakeLane() { world_.LaneOf(wallet_).lease.due = world_.clock.Now(); }

  std::vector<Verdict> Verdicts() {
    std::vector<Verdict> verdicts;
    for (const auto& [hash, lost] : world_.database.lost) verdicts.push_back(lost.verdict);
    return verdicts;
  }
  const LostTransfer& Lost() { return world_.database.lost.begin()->second; }
  // A line that names no order, as if one of this wallet's had been lost at `number`.
  WitnessLine Ghost(int64_t number, const std::string& hash) {
    const Payer& payer = world_.payers.at(wallet_);
    WitnessLine line;
    line.number = number;
    line.wallet = wallet_;
    line.version = payer.version;
    line.public_key_hex = payer.public_key_hex;
    line.seqno = world_.chain.seqno(wallet_);
    line.start_lt = world_.chain.last_lt(wallet_);
    line.valid_until = world_.clock.Now() + absl::Seconds(90);
    line.normalized_hash = hash;
    return line;
  }
};

TEST_F(LostJudgeTest, WithNothingLostThereIsNothingToDo) {
  EXPECT_EQ(JudgeStep(), absl::InfiniteFuture());
  Invoiced("a");
  StepLane();
  Look();
  EXPECT_EQ(JudgeStep(), absl::InfiniteFuture());
  EXPECT_THAT(world_.database.lost, IsEmpty());
}

TEST_F(LostJudgeTest, EverythingLostIsRecordedBeforeTheEraBegins) {
  LosePaid("a");
  NextCall("BeginEra", CallFate::kDiesBefore);
  EXPECT_FALSE(worker_.watch.Look().ok());
  worker_.fate.Revive();
  EXPECT_EQ(world_.eras.Current()->number, 0);
  EXPECT_THAT(Verdicts(), ElementsAre(Verdict::kUnknown));
  Look();
  EXPECT_EQ(world_.eras.Current()->number, 1);
  ASSERT_THAT(world_.database.lost, SizeIs(1));
  EXPECT_EQ(Lost().line.payer().public_key_hex, world_.payers.at(wallet_).public_key_hex);
  EXPECT_EQ(Lost().line.start_lt, world_.witness.lines().begin()->second.start_lt);
}

TEST_F(LostJudgeTest, AnEraDoesNotBeginWhereTheLostCannotBeRecorded) {
  LosePaid("a");
  NextCall("RecordMissing", CallFate::kFails);
  EXPECT_FALSE(worker_.watch.Look().ok());
  EXPECT_EQ(world_.eras.Current()->number, 0);
  Look();
  EXPECT_EQ(world_.eras.Current()->number, 1);
  EXPECT_THAT(world_.database.lost, SizeIs(1));
}

TEST_F(LostJudgeTest, APageOfTheLogIsNotTheEndOfIt) {
  for (int i = 1; i <= 1'203; ++i) {
    ASSERT_TRUE(world_.witness.Write(Ghost(i, absl::StrCat("ghost", i))).ok());
  }
  Look();
  EXPECT_THAT(world_.database.lost, SizeIs(1'203));
}

TEST_F(LostJudgeTest, ATransferIsJudgedByItsLineAlone) {
  const OrderId id = LosePaid("a");
  Look();
  world_.database.lanes.clear();  // its lane was lost as well
  JudgeStep();
  EXPECT_EQ(Lost().verdict, Verdict::kPaid);
  EXPECT_THAT(Lost().paid_orders, ElementsAre(id));
  EXPECT_THAT(Lost().transaction_hash, testing::Not(IsEmpty()));
  EXPECT_EQ(JudgeStep(), absl::InfiniteFuture());
}

// Its history begins at its own signing, wherever its lane stands by now.
TEST_F(LostJudgeTest, ADisplacedOneIsDeadForGood) {
  LoseDropped("a");
  Look();
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "note");
  world_.LaneOf(wallet_).last_lt = world_.chain.last_lt(wallet_);
  JudgeStep();
  EXPECT_EQ(Lost().verdict, Verdict::kDead);
}

TEST_F(LostJudgeTest, ADeathByExpiryStaysOpenUntilTheSeqnoIsUsed) {
  LoseDropped("a");
  Look();
  Wait();
  EXPECT_EQ(JudgeStep(), world_.clock.Now() + world_.rules.payment.review_poll_every);
  EXPECT_EQ(Lost().verdict, Verdict::kLive);
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "note");
  JudgeStep();
  EXPECT_EQ(Lost().verdict, Verdict::kLive) << "somebody has looked just now";
  world_.Pass(world_.rules.payment.review_poll_every);
  JudgeStep();
  EXPECT_EQ(Lost().verdict, Verdict::kDead);
}

TEST_F(LostJudgeTest, ManyAreJudgedAFewAtATime) {
  std::vector<WitnessLine> lines;
  for (int i = 1; i <= 19; ++i) lines.push_back(Ghost(i, absl::StrCat("ghost", i)));
  ASSERT_TRUE(world_.eras.RecordMissing(lines).ok());
  EXPECT_LT(JudgeStep(), world_.clock.Now() + world_.rules.payment.review_poll_every);
  EXPECT_THAT(world_.database.judged_at, SizeIs(8));
  JudgeStep();
  EXPECT_EQ(JudgeStep(), world_.clock.Now() + world_.rules.payment.review_poll_every);
  EXPECT_THAT(world_.database.judged_at, SizeIs(19));
}

TEST_F(LostJudgeTest, AnOpenOneStopsItsWalletWhateverItsNumber) {
  const OrderId first = Invoiced("first");
  StepLane();
  StepLane();
  ASSERT_EQ(world_.StateOf(first), "PAID");
  // A lane that did not know of the rollback gave higher numbers out meanwhile.
  ASSERT_TRUE(world_.eras.RecordMissing({Ghost(1, "ghost")}).ok());
  world_.market.invoice_life = absl::Hours(2);
  const OrderId id = Invoiced("b");
  for (int i = 0; i < 10; ++i) StepLane();
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  Wait();
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "PAYING") << "dead by expiry: under the same seqno";
  EXPECT_THAT(Verdicts(), ElementsAre(Verdict::kLive));
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "PAID");
  EXPECT_THAT(Verdicts(), ElementsAre(Verdict::kDead)) << "for good, with the same transaction";
}

TEST_F(LostJudgeTest, AnOrderThatEndsMeanwhileKeepsItsReasonAndTheLaneEndsIt) {
  world_.execute_window = absl::Minutes(10);
  const OrderId id = LoseDropped("a");
  Look();
  world_.Pass(absl::Minutes(11));
  WakeLane();
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kQueueTimeout);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
  StepLane();
  ASSERT_THAT(world_.Transfers(), SizeIs(1));
  EXPECT_THAT(world_.Transfers()[0].payments, IsEmpty()) << "it only uses the seqno up";
  EXPECT_EQ(world_.Transfers()[0].seqno, Lost().line.seqno);
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "FAILED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kQueueTimeout);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 1);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kFee), 1);
  EXPECT_EQ(Lost().verdict, Verdict::kDead);
  EXPECT_THAT(world_.chain.paid, IsEmpty());
}

TEST_F(LostJudgeTest, AnOrderThatEndsMeanwhileAndWasPaidIsNeverReleased) {
  world_.execute_window = absl::Minutes(10);
  const OrderId id = LosePaid("a");
  Look();
  world_.Pass(absl::Minutes(11));
  WakeLane();
  StepLane();
  EXPECT_EQ(world_.Load(id).reason, Reason::kQueueTimeout) << "nobody knew better";
  JudgeStep();
  EXPECT_EQ(Lost().verdict, Verdict::kPaid);
  for (int i = 0; i < 10; ++i) StepLane();
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
  EXPECT_THAT(world_.Transfers(), IsEmpty());
}

TEST_F(LostJudgeTest, AnOrderThatIsKnownToBePaidEndsInReviewWithTheTransaction) {
  world_.execute_window = absl::Minutes(10);
  const OrderId id = LosePaid("a");
  Look();
  JudgeStep();
  world_.Pass(absl::Minutes(11));
  WakeLane();
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentWithoutRecord);
  EXPECT_THAT(world_.Load(id).reason_metadata,
              ElementsAre(testing::Pair("transaction_hash", Lost().transaction_hash)));
}

// The client came again after the restore, with another wallet.
TEST_F(LostJudgeTest, AnotherWalletsOrderEndsWhenTheLostTransferIsDead) {
  const FakeTables before = world_.database.Backup();
  world_.execute_window = absl::Minutes(10);
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(1, FakeChain::Handover::kDroppedByNode);
  StepLane();
  world_.database.Restore(before);
  Look();
  const std::string other = world_.AddWallet(1);
  ASSERT_EQ(world_.Buy("a", other, "ses-other"), id);
  world_.clock.Set(world_.Load(id).execute_by);
  world_.chain.Block();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kQueueTimeout);
  const auto step = [&] { Step({WorkItem::Kind::kLane, other}, world_.LaneOf(other).lease.due); };
  step();
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_THAT(world_.Transfers(), IsEmpty()) << "this wallet cannot end it";
  EXPECT_EQ(world_.LaneOf(other).lease.due, absl::InfiniteFuture());
  JudgeStep();
  EXPECT_EQ(world_.LaneOf(other).lease.due, absl::InfiniteFuture()) << "dead by expiry alone";
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "note");
  world_.Pass(absl::Minutes(1));
  JudgeStep();
  EXPECT_EQ(Lost().verdict, Verdict::kDead);
  EXPECT_LE(world_.LaneOf(other).lease.due, world_.clock.Now());
  step();
  EXPECT_EQ(world_.StateOf(id), "FAILED");
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 1);
}

class LostHouseTest : public LostJudgeTest {
 protected:
  // A QUEUED order of `balance` whose wallet was forgotten with the transfer that paid it, perhaps.
  OrderId LoseBalance(FakeChain::Handover handover) {
    world_.AddHouseSession("house-1", house_, 1);
    world_.execute_window = absl::Minutes(10);
    const OrderId id = world_.BuyFromCredit("a");
    const FakeTables backup = world_.database.Backup();
    StepOrder(id);
    world_.chain.handovers.assign(1, handover);
    Step({WorkItem::Kind::kLane, house_}, world_.LaneOf(house_).lease.due);
    EXPECT_EQ(world_.StateOf(id), "PAYING");
    world_.chain.Block();
    world_.database.Restore(backup);
    Look();
    EXPECT_TRUE(world_.Load(id).payer.wallet_address.empty());
    return id;
  }

  const std::string house_ = world_.AddHouseWallet(5);
};

TEST_F(LostHouseTest, AnOrderWithoutAWalletEndsByItself) {
  const OrderId id = LoseBalance(FakeChain::Handover::kDroppedByNode);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_THAT(world_.database.sessions.at("house-1").places, IsEmpty());
  world_.clock.Set(world_.Load(id).execute_by);
  world_.chain.Block();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kQueueTimeout);
  JudgeStep();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  const auto lost = std::exchange(world_.database.lost, {});
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW") << "the log alone knows it";
  world_.database.lost = lost;
  world_.chain.SpendElsewhere(house_, "0:friend", Units(5), "note");
  world_.Pass(absl::Minutes(1));
  JudgeStep();
  ASSERT_EQ(Lost().verdict, Verdict::kDead);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "FAILED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kQueueTimeout);
  EXPECT_EQ(world_.Balance(CreditAccount(world_.tenant)), world_.Load(id).quote.max_total);
}

TEST_F(LostHouseTest, AnOrderWithoutAWalletThatWasPaidIsAPersons) {
  const OrderId id = LoseBalance(FakeChain::Handover::kDelivered);
  JudgeStep();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kPaymentWithoutRecord);
  EXPECT_THAT(world_.Load(id).reason_metadata,
              ElementsAre(testing::Pair("transaction_hash", Lost().transaction_hash)));
  EXPECT_THAT(world_.database.sessions.at("house-1").places, IsEmpty());
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.database.orders.at(id.value()).lease.due, absl::InfiniteFuture());
}

class LostPaymentTest : public LostJudgeTest {
 protected:
  // An order that nobody paid, as the restored database has it, past its time.
  OrderId Awaiting() {
    NewOrder fresh = Unpaid(world_.tenant, "late", world_.clock.Now());
    EXPECT_TRUE(world_.orders.Create({&fresh, 1}).front().status.ok());
    const OrderId id = fresh.created.order.id;
    lost_.line = Ghost(7, "forgotten");
    lost_.line.orders = {id};
    lost_.line.payees = {FakeMarket::kPayeeRaw};
    lost_.line.payload_hashes = {"p"};
    EXPECT_TRUE(world_.witness.Write(lost_.line).ok());
    return id;
  }
  void Judged(Verdict verdict) {
    lost_.verdict = verdict;
    ASSERT_TRUE(world_.eras.RecordLost(lost_).ok());
  }
  absl::Time Due(const OrderId& id) { return world_.database.orders.at(id.value()).lease.due; }

  LostTransfer lost_;
};

TEST_F(LostPaymentTest, AnOrderThatMayHaveBeenPaidDoesNotExpire) {
  const OrderId id = Awaiting();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "AWAITING_PAYMENT");
  EXPECT_EQ(Due(id), world_.clock.Now() + world_.rules.review_poll);
  Judged(Verdict::kDead);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "EXPIRED");
}

TEST_F(LostPaymentTest, AnOrderThatWasPaidStaysWhereItIs) {
  const OrderId id = Awaiting();
  lost_.paid_orders = {id};
  lost_.transaction_hash = "tx";
  Judged(Verdict::kPaid);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "AWAITING_PAYMENT");
  EXPECT_EQ(Due(id), absl::InfiniteFuture());
}

}  // namespace
}  // namespace starlift
