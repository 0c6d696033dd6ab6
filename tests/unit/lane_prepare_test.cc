// What a lane looks at before it signs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "money_world.h"

namespace starlift {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class LanePrepareTest : public MoneyTest {
 protected:
  // One payment went through, so that the lane knows its seqno and its last transaction.
  void PayOne(const std::string& name = "first") {
    const OrderId id = Invoiced(name);
    StepLane();
    StepLane();
    ASSERT_EQ(world_.StateOf(id), "PAID");
  }

  // `order` died once by expiry, was queued anew and has another invoice.
  OrderId DiedProvisionally(const std::string& name) {
    const OrderId id = Invoiced(name);
    world_.chain.handovers.assign(100, FakeChain::Handover::kDroppedByNode);
    StepLane();
    FollowLane();
    world_.chain.handovers.clear();
    StepOrder(id);
    EXPECT_EQ(world_.StateOf(id), "INVOICED");
    return id;
  }

  void ExpectFailed(const OrderId& id, Reason reason) {
    EXPECT_EQ(world_.StateOf(id), "FAILED");
    EXPECT_EQ(ReasonName(world_.Load(id).reason), ReasonName(reason));
    EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 1);
    EXPECT_EQ(world_.Balance(absl::StrCat("held:", id.value())), Units(0));
    EXPECT_FALSE(world_.database.orders.at(id.value()).wallet_key.has_value());
  }
  void ExpectReview(const OrderId& id, Reason reason) {
    EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
    EXPECT_EQ(ReasonName(world_.Load(id).reason), ReasonName(reason));
    EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
  }

  Invoice& StoredInvoice(const OrderId& id) {
    for (Invoice& invoice : world_.database.invoices) {
      if (invoice.order == id) return invoice;
    }
    ADD_FAILURE() << "no invoice";
    return world_.database.invoices.front();
  }
};

TEST_F(LanePrepareTest, AnIdleLaneWaitsForItsNextOrder) {
  world_.LaneOf(wallet_).lease.due = world_.clock.Now();
  EXPECT_EQ(StepLane(), absl::InfiniteFuture());
  EXPECT_EQ(LaneDue(), absl::InfiniteFuture());
  EXPECT_EQ(StepLane(), absl::InfiniteFuture()) << "not due";
}

TEST_F(LanePrepareTest, AnOrderThatComesWhileTheLaneIsHeldIsNotForgotten) {
  PayOne();
  const OrderId late = world_.Buy("late", wallet_, "ses-late");
  worker_.fate.choose = [&](absl::string_view method) {
    if (method == "Release") {
      worker_.fate.choose = nullptr;
      Worker other(world_, "w2");
      EXPECT_TRUE(other.Run({WorkItem::Kind::kOrder, late.value()}).ok());
    }
    return CallFate::kNormal;
  };
  StepLane();
  EXPECT_EQ(LaneDue(), world_.clock.Now());
  StepLane();
  EXPECT_EQ(world_.StateOf(late), "PAYING");
}

TEST_F(LanePrepareTest, ForeignUseWithACompleteHistoryIsAdopted) {
  PayOne();
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "note");
  world_.chain.Receive(wallet_, Units(1'000));
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "note");
  const OrderId id = Invoiced("a");
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_EQ(world_.LaneOf(wallet_).next_seqno, 3);
  EXPECT_EQ(world_.LaneOf(wallet_).last_lt, world_.chain.last_lt(wallet_));
  StepLane();
  EXPECT_EQ(world_.Transfers().back().seqno, 3);
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "PAID");
}

TEST_F(LanePrepareTest, ForeignUseWithAHoleInTheHistoryStopsTheSigning) {
  PayOne();
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "note");
  world_.chain.SpendElsewhere(wallet_, "0:friend", Units(5), "note");
  const OrderId id = Invoiced("a");
  const auto stays = [&] {
    StepLane();
    EXPECT_EQ(world_.StateOf(id), "INVOICED");
    EXPECT_EQ(world_.LaneOf(wallet_).next_seqno, 1);
    EXPECT_EQ(LaneDue(), world_.clock.Now() + world_.rules.payment.read_retry);
  };
  world_.chain.view.hole = true;
  stays();
  world_.chain.view = {};
  world_.chain.view.index_lag = 100;
  stays();
  world_.chain.view = {};
  StepLane();
  EXPECT_EQ(world_.LaneOf(wallet_).next_seqno, 3);
}

TEST_F(LanePrepareTest, AnExecutionOfAProvisionallyDeadTransferIsFound) {
  const OrderId id = DiedProvisionally("a");
  const Transfer dead = world_.Transfers().at(0);
  // Against all that the provider said: the payment left the wallet after all.
  world_.chain.SpendElsewhere(wallet_, dead.payments[0].payee, dead.payments[0].amount,
                              dead.payments[0].body_hash);
  StepLane();
  ExpectReview(id, Reason::kPaymentWithoutRecord);
  EXPECT_TRUE(world_.LaneOf(wallet_).shut);
  for (int i = 0; i < 10; ++i) StepLane();
  EXPECT_THAT(world_.Transfers(), SizeIs(1));
}

TEST_F(LanePrepareTest, APaymentOfOurInvoiceWithoutARecordShutsTheLane) {
  PayOne();
  const OrderId id = Invoiced("a");
  const Invoice invoice = StoredInvoice(id);
  world_.chain.SpendElsewhere(wallet_, invoice.payee, invoice.amount, invoice.payload_hash);
  StepLane();
  ExpectReview(id, Reason::kPaymentWithoutRecord);
  EXPECT_THAT(world_.Load(id).reason_metadata,
              testing::ElementsAre(testing::Pair("transaction_hash", testing::SizeIs(32))));
  EXPECT_TRUE(world_.LaneOf(wallet_).shut);
  const OrderId other = Invoiced("b");
  for (int i = 0; i < 10; ++i) StepLane();
  EXPECT_EQ(world_.StateOf(other), "INVOICED");
  EXPECT_THAT(world_.Transfers(), SizeIs(1));
}

TEST_F(LanePrepareTest, PayingAnotherWalletsInvoiceByHandShutsTheLaneThatDidIt) {
  PayOne();
  const std::string second = world_.AddWallet(1);
  const OrderId theirs = world_.Buy("theirs", second, "ses-theirs");
  StepOrder(theirs);
  const Invoice invoice = StoredInvoice(theirs);
  const OrderId ours = Invoiced("ours");
  world_.chain.SpendElsewhere(wallet_, invoice.payee, invoice.amount, invoice.payload_hash);
  StepLane();
  EXPECT_TRUE(world_.LaneOf(wallet_).shut);
  EXPECT_EQ(world_.StateOf(ours), "INVOICED");
}

TEST_F(LanePrepareTest, NothingIsReleasedWhileTheLaneIsShut) {
  const OrderId id = Invoiced("a");
  world_.LaneOf(wallet_).shut = true;
  EXPECT_EQ(WaitOfLane(), world_.rules.payment.review_poll_every);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  world_.clock.Set(world_.Load(id).execute_by);
  StepLane();
  ExpectReview(id, Reason::kQueueTimeout);
}

TEST_F(LanePrepareTest, AWalletThatCannotPayFailsTheOrder) {
  const OrderId id = Invoiced("a");
  const Units required = RequiredBalance(StoredInvoice(id).amount, 1, world_.rules.payment);
  world_.chain.SetBalance(wallet_, required - Units(1));
  StepLane();
  ExpectFailed(id, Reason::kInsufficientBalance);
  EXPECT_THAT(world_.Load(id).reason_metadata,
              testing::Contains(testing::Pair("required", absl::StrCat(required.value()))));
  world_.chain.SetBalance(wallet_, required);
  const OrderId next = Invoiced("b");
  StepLane();
  EXPECT_EQ(world_.StateOf(next), "PAYING");
}

TEST_F(LanePrepareTest, AProvisionallyDeadPaymentKeepsTheMoneyWhateverEndsTheOrder) {
  const OrderId id = DiedProvisionally("a");
  world_.chain.SetBalance(wallet_, Units(0));
  StepLane();
  ExpectReview(id, Reason::kInsufficientBalance);
}

TEST_F(LanePrepareTest, AWalletThatOthersCouldSpendFromFailsTheOrder) {
  const OrderId frozen = Invoiced("frozen");
  world_.chain.Freeze(wallet_);
  StepLane();
  ExpectFailed(frozen, Reason::kWalletUnsupported);
  world_.chain.Freeze(wallet_, false);
  world_.chain.AddExtension(wallet_);
  const OrderId extended = Invoiced("extended");
  StepLane();
  ExpectFailed(extended, Reason::kWalletUnsupported);
  EXPECT_THAT(world_.chain.sent, IsEmpty());
}

TEST_F(LanePrepareTest, AKeyOfAnotherWalletSignsNothing) {
  const OrderId id = Invoiced("a");
  const Order& order = world_.Load(id);
  world_.database.orders.at(id.value()).wallet_key = world_.vault.Seal(
      Secret(MoneyWorld::SeedOf(9)), {order.tenant, "order", order.id.value(), "wallet_key"});
  StepLane();
  ExpectFailed(id, Reason::kWalletUnsupported);
  EXPECT_THAT(world_.Transfers(), IsEmpty());
}

TEST_F(LanePrepareTest, AProviderWhoseSeqnoLagsIsNotSignedFor) {
  PayOne();
  const OrderId id = Invoiced("a");
  world_.chain.view.account_lag = 2;
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_EQ(LaneDue(), world_.clock.Now() + world_.rules.payment.read_retry);
  world_.chain.view.account_lag = 0;
  StepLane();
  EXPECT_EQ(world_.Transfers().back().seqno, 1);
}

TEST_F(LanePrepareTest, AnOldStateIsNotSignedFor) {
  const OrderId id = Invoiced("a");
  world_.clock.Advance(absl::Seconds(61));  // no block since
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_THAT(world_.Transfers(), IsEmpty());
  StepLane();  // a block came with the wait
  EXPECT_EQ(world_.StateOf(id), "PAYING");
}

TEST_F(LanePrepareTest, ASignatureNeverOutlivesStateClockOrInvoice) {
  const OrderId id = Invoiced("a");
  world_.clock.Advance(absl::Seconds(20));
  StepLane();
  EXPECT_EQ(world_.Transfers().at(0).valid_until,
            world_.clock.Now() - absl::Seconds(20) + absl::Seconds(90))
      << "the older of state and clock";
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "PAID");
  world_.market.invoice_life = absl::Seconds(70);
  Invoiced("b");
  StepLane();
  const absl::Time until = world_.Transfers().at(1).valid_until;  // whole seconds
  EXPECT_LE(until, StoredInvoice(world_.Transfers().at(1).payments[0].order).valid_until);
  EXPECT_GT(until, world_.clock.Now() + absl::Seconds(69));
}

TEST_F(LanePrepareTest, AChainThatCannotBeReadDelaysTheSigning) {
  const OrderId id = Invoiced("a");
  world_.chain.view.down = true;
  EXPECT_EQ(WaitOfLane(), world_.rules.payment.read_retry);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
}

TEST_F(LanePrepareTest, AnInvoiceThatRunsOutIsFetchedAnewThreeTimes) {
  const OrderId id = Invoiced("a");
  for (int attempt = 1; attempt <= 2; ++attempt) {
    world_.Pass(world_.market.invoice_life - absl::Seconds(59));
    world_.signal.Forget();
    StepLane();
    EXPECT_EQ(world_.StateOf(id), "QUEUED");
    EXPECT_EQ(world_.Load(id).invoice_attempts, attempt);
    EXPECT_TRUE(world_.signal.Announced(WorkItem::Kind::kOrder, id.value()));
    StepOrder(id);
    EXPECT_EQ(world_.StateOf(id), "INVOICED");
  }
  world_.Pass(world_.market.invoice_life - absl::Seconds(59));
  StepLane();
  ExpectFailed(id, Reason::kInvoiceAttemptsExhausted);
}

TEST_F(LanePrepareTest, AnOrderThatWaitedTooLongIsReleased) {
  const OrderId id = Invoiced("a");
  world_.clock.Set(world_.Load(id).execute_by);
  StepLane();
  ExpectFailed(id, Reason::kQueueTimeout);
}

TEST_F(LanePrepareTest, AKeyThatCannotBeOpenedHereLosesNothing) {
  const OrderId id = Invoiced("a");
  world_.vault.locked = true;
  EXPECT_EQ(ReasonOf(LaneFails()), Reason::kInternal);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_THAT(world_.Transfers(), IsEmpty());
  EXPECT_EQ(LaneDue(), world_.clock.Now() + world_.rules.payment.review_poll_every);
  world_.vault.locked = false;
  StepLane();
  EXPECT_EQ(world_.StateOf(id), "PAYING");
}

// A row is not believed because it was checked once: who writes rows must not be able to spend.
TEST_F(LanePrepareTest, AChangedRowIsNotPaid) {
  struct Case {
    std::function<void(Invoice&)> change;
    Reason reason;
  };
  const Case cases[] = {
      {[](Invoice& i) { i.payee = "0:" + std::string(64, '7'); }, Reason::kInvoiceWrongPayee},
      {[](Invoice& i) { i.amount = Units(470'000'000); }, Reason::kInvoiceAmountTooHigh},
      {[](Invoice& i) { i.amount = Units(0); }, Reason::kInvoiceAmountTooHigh},
      {[](Invoice& i) { i.sender = i.payee; }, Reason::kInvoiceWrongSender},
      {[](Invoice& i) { i.payload_hash[0] ^= 1; }, Reason::kInvoiceUnreadable},
      {[](Invoice& i) { i.payload_boc.pop_back(); }, Reason::kInvoiceUnreadable},
  };
  int number = 0;
  for (const Case& c : cases) {
    SCOPED_TRACE(ReasonName(c.reason));
    const OrderId id = Invoiced(absl::StrCat("o", ++number));
    c.change(StoredInvoice(id));
    StepLane();
    ExpectFailed(id, c.reason);
  }
  EXPECT_THAT(world_.chain.sent, IsEmpty());
}

TEST_F(LanePrepareTest, TheCeilingOfThisInstallationBoundsEveryOrder) {
  const OrderId id = Invoiced("a");
  world_.rules.payment.max_order_total = Units(509'199'999);  // amount and reserve, less one
  Worker strict(world_, "w2");
  ASSERT_TRUE(strict.Run({WorkItem::Kind::kLane, wallet_}).ok());
  ExpectFailed(id, Reason::kSpendingCeiling);
}

}  // namespace
}  // namespace starlift
