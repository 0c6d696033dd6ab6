// Orders of `balance`: the house's sessions and wallets, and whose delivery is whose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "money_world.h"

namespace starlift {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class PurchaseHouseTest : public MoneyTest {
 protected:
  void StepHouse() { Step({WorkItem::Kind::kLane, house_}, world_.LaneOf(house_).lease.due); }
  OrderId Invoiced(const std::string& name) {
    const OrderId id = world_.BuyFromCredit(name);
    StepOrder(id);
    EXPECT_EQ(world_.StateOf(id), "INVOICED");
    return id;
  }
  // What waits for the lane is PAID after this.
  void PayAll() {
    for (int i = 0; i < 20; ++i) StepHouse();
  }
  OrderId PaidOrder(const std::string& name) {
    const OrderId id = Invoiced(name);
    PayAll();
    EXPECT_EQ(world_.StateOf(id), "PAID");
    return id;
  }
  // Fragment delivers what was paid for this order.
  void DeliverFor(const OrderId& id) {
    world_.market.Settle(world_.database.invoices.NewestOf(id)->payload_hash);
  }
  DeliveryEvidence EvidenceOf(const OrderId& id) { return world_.Load(id).evidence; }
  FakeSessionRow& SessionRow(const std::string& id) { return world_.database.sessions.at(id); }
  FakeMarket::Account& Account(const std::string& id) { return world_.market.accounts[id]; }
  Units Credit() { return world_.Balance(CreditAccount(world_.tenant)); }

  const std::string house_ = world_.AddHouseWallet(7);
};

TEST_F(PurchaseHouseTest, TheHouseBuysAndPaysAndTheTenantsCreditIsSpent) {
  world_.AddHouseSession("s", house_);
  const OrderId id = world_.BuyFromCredit("a");
  world_.signal.Forget();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_EQ(world_.Load(id).payer.wallet_address, house_);
  EXPECT_EQ(world_.Load(id).session, SessionId("s"));
  EXPECT_TRUE(world_.signal.Announced(WorkItem::Kind::kLane, house_));
  EXPECT_THAT(world_.market.calls,
              ElementsAre("ResetState", "State", "FindRecipient", "OpenRequest", "FetchInvoice"))
      << "nobody can come onto a session with one place";
  EXPECT_FALSE(world_.market.shown.at(0).public_key_hex.empty());
  EXPECT_FALSE(world_.database.invoices[0].foreign_payer);
  PayAll();
  EXPECT_EQ(world_.StateOf(id), "PAID");
  DeliverFor(id);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "DELIVERED");
  EXPECT_EQ(EvidenceOf(id), DeliveryEvidence::kSessionState);
  EXPECT_THAT(SessionRow("s").places, IsEmpty());
  EXPECT_TRUE(SessionRow("s").jar.has_value()) << "the house's cookies outlive its orders";
  EXPECT_LT(Credit(), world_.Load(id).quote.max_total);
  EXPECT_GT(Credit(), Units(0)) << "what was held too much came back";
}

TEST_F(PurchaseHouseTest, WhereOthersMayComeTheHistoryIsCountedBeforeBuying) {
  world_.AddHouseSession("s", house_, 3);
  Invoiced("a");
  EXPECT_THAT(world_.market.calls, ElementsAre("ResetState", "State", "History", "FindRecipient",
                                               "OpenRequest", "FetchInvoice"));
  EXPECT_TRUE(world_.database.invoices[0].state_was_not_done);
  EXPECT_EQ(world_.database.invoices[0].history_baseline, std::optional<int32_t>(0));
  world_.market.calls.clear();
  Invoiced("b");
  EXPECT_THAT(world_.market.calls,
              ElementsAre("History", "FindRecipient", "OpenRequest", "FetchInvoice"))
      << "the page is somebody's else as well: it is neither read nor reset";
  EXPECT_FALSE(world_.database.invoices[1].state_was_not_done);
}

TEST_F(PurchaseHouseTest, RowsAreGivenOutOneByOne) {
  world_.AddHouseSession("s", house_, 3);
  Account("s").history = {{"durov", {ProductType::kStars, 100, 0}, Units(1), world_.clock.Now()}};
  const OrderId first = Invoiced("a");
  const OrderId second = Invoiced("b");
  PayAll();
  for (const OrderId& id : {first, second}) {
    StepOrder(id);
    EXPECT_EQ(world_.StateOf(id), "PAID") << "the one row was there before";
  }
  DeliverFor(second);
  const bool first_is_older =
      world_.Load(first).paid_at < world_.Load(second).paid_at ||
      (world_.Load(first).paid_at == world_.Load(second).paid_at && first < second);
  const OrderId& older = first_is_older ? first : second;
  const OrderId& newer = first_is_older ? second : first;
  StepOrder(newer);
  EXPECT_EQ(world_.StateOf(newer), "PAID") << "one row, and somebody has waited longer";
  StepOrder(older);
  EXPECT_EQ(world_.StateOf(older), "DELIVERED");
  EXPECT_EQ(EvidenceOf(older), DeliveryEvidence::kHistory);
  StepOrder(newer);
  EXPECT_EQ(world_.StateOf(newer), "PAID") << "the row is spent";
  DeliverFor(first);
  StepOrder(newer);
  EXPECT_EQ(world_.StateOf(newer), "DELIVERED");
}

TEST_F(PurchaseHouseTest, OtherProductsAndRecipientsAreNoEvidence) {
  world_.AddHouseSession("s", house_, 3);
  const OrderId id = PaidOrder("a");
  Invoiced("b");
  for (const HistoryRow& row :
       {HistoryRow{"pavel", {ProductType::kStars, 100, 0}, Units(1), world_.clock.Now()},
        HistoryRow{"durov", {ProductType::kStars, 101, 0}, Units(1), world_.clock.Now()},
        HistoryRow{"durov", {ProductType::kPremium, 0, 3}, Units(1), world_.clock.Now()}}) {
    Account("s").history.push_back(row);
  }
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "PAID");
}

TEST_F(PurchaseHouseTest, WhoIsNotAloneAnyMoreIsToldByTheHistory) {
  world_.AddHouseSession("s", house_, 3);
  const OrderId id = PaidOrder("a");
  Invoiced("b");
  Account("s").mode = "done";
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "PAID") << "the page may speak of the other";
  DeliverFor(id);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "DELIVERED");
  EXPECT_EQ(EvidenceOf(id), DeliveryEvidence::kHistory);
}

TEST_F(PurchaseHouseTest, SomebodyWhoComesWhileThePageIsReadSpoilsIt) {
  world_.AddHouseSession("s", house_, 3);
  const OrderId id = PaidOrder("a");
  const OrderId other = world_.BuyFromCredit("b");
  Worker rival(world_, "w2");
  Account("s").mode = "done";
  bool came = false;
  world_.market.weather = [&](absl::string_view method) {
    if (method == "State" && !std::exchange(came, true)) {
      EXPECT_TRUE(rival.Run({WorkItem::Kind::kOrder, other.value()}).ok());
    }
    return absl::OkStatus();
  };
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(other), "INVOICED");
  EXPECT_EQ(world_.StateOf(id), "PAID");
}

// The page of the first says "done" before the history has its row.
TEST_F(PurchaseHouseTest, ALateRowBelongsToWhomThePageDelivered) {
  world_.AddHouseSession("s", house_, 3);
  Account("s").history_late = true;
  const OrderId first = PaidOrder("a");
  DeliverFor(first);
  StepOrder(first);
  EXPECT_EQ(EvidenceOf(first), DeliveryEvidence::kSessionState);
  const OrderId second = Invoiced("b");
  Invoiced("c");
  PayAll();
  world_.market.CatchUp("s");
  StepOrder(second);
  EXPECT_EQ(world_.StateOf(second), "PAID") << "that row is the first one's";
  DeliverFor(second);
  StepOrder(second);
  EXPECT_EQ(world_.StateOf(second), "DELIVERED");
}

TEST_F(PurchaseHouseTest, AHistoryThatCannotBeCountedOnBuysNothing) {
  world_.AddHouseSession("s", house_, 3);
  Account("s").history_whole = false;
  Account("s").history = {{"x", {ProductType::kStars, 50, 0}, Units(1), absl::InfinitePast()}};
  const OrderId id = world_.BuyFromCredit("a");
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "QUEUED") << "cut off, and nobody knows what was left out";
  const absl::Time now = world_.clock.Now();
  Account("s").history = {{"x", {ProductType::kStars, 50, 0}, Units(1), now},
                          {"x", {ProductType::kStars, 50, 0}, Units(1), now + absl::Hours(1)}};
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "QUEUED") << "not the newest first";
  world_.market.answers["History"] = {Fail(Reason::kFragmentUnavailable, "down")};
  std::reverse(Account("s").history.begin(), Account("s").history.end());
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_THAT(world_.market.calls, Not(Contains("OpenRequest")));
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED") << "the newest of many: a count can only fall";
}

TEST_F(PurchaseHouseTest, AForeignPayersInvoiceNamesTheConnectedWallet) {
  const std::string connected = world_.AddWallet(9);
  world_.AddHouseSession("s", connected, 3, /*foreign_payer=*/true);
  const OrderId id = Invoiced("a");
  const Invoice& invoice = world_.database.invoices[0];
  EXPECT_TRUE(invoice.foreign_payer);
  EXPECT_EQ(invoice.sender, connected);
  EXPECT_EQ(world_.Load(id).payer.wallet_address, house_);
  ASSERT_THAT(world_.market.shown, SizeIs(1));
  EXPECT_EQ(world_.market.shown[0].address, connected);
  EXPECT_EQ(world_.market.shown[0].public_key_hex, "");
  PayAll();
  EXPECT_EQ(world_.StateOf(id), "PAID");
  StepOrder(id);
  EXPECT_EQ(world_.market.shown.back().address, connected) << "the confirmation as well";
}

TEST_F(PurchaseHouseTest, ASessionThatTakesNoForeignPayerIsNotUsed) {
  world_.AddHouseSession("s", world_.AddWallet(9), 3);
  const OrderId id = world_.BuyFromCredit("a");
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_THAT(world_.market.calls, IsEmpty());
}

// The site names a third wallet, whatever the row says.
TEST_F(PurchaseHouseTest, AnInvoiceForAThirdWalletEndsTheOrder) {
  world_.AddHouseSession("s", world_.AddWallet(9), 3, /*foreign_payer=*/true);
  Account("s").wallet = FakeMarket::kPayeeRaw;
  const OrderId id = world_.BuyFromCredit("a");
  const Units before = Credit();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "FAILED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kInvoiceWrongSender);
  EXPECT_EQ(Credit(), before + world_.Load(id).quote.max_total);
  EXPECT_THAT(SessionRow("s").places, IsEmpty());
}

TEST_F(PurchaseHouseTest, ADeadHouseSessionIsTheOperatorsAndTheOrderGoesElsewhere) {
  world_.AddHouseSession("dead", house_, 9);
  world_.AddHouseSession("good", house_, 3);
  Account("dead").dead = true;
  Account("dead").new_cookies = "cookies=deleted";
  const OrderId id = world_.BuyFromCredit("a");
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_NE(SessionRow("dead").given_up_at, absl::InfiniteFuture());
  EXPECT_THAT(SessionRow("dead").places, IsEmpty());
  EXPECT_EQ(SessionRow("dead").jar_version, 1) << "what a dead answer does to cookies is not kept";
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_EQ(world_.Load(id).session, SessionId("good"));
  EXPECT_EQ(Invoiced("b").value().empty(), false);
}

TEST_F(PurchaseHouseTest, WithoutASessionAnOrderWaitsUntilItsTimeIsOver) {
  world_.AddHouseSession("s", house_, 3);
  Account("s").dead = true;
  const OrderId id = world_.BuyFromCredit("a");
  const Units before = Credit();
  absl::Duration longest;
  for (int i = 0; i < 20; ++i) longest = std::max(longest, WaitOfOrder(id));
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_GT(longest, absl::Seconds(10));
  EXPECT_LE(longest, absl::Seconds(18));
  EXPECT_THAT(world_.market.calls, SizeIs(1)) << "nobody talks to a session that is logged out";
  world_.clock.Set(world_.Load(id).execute_by);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "FAILED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kQueueTimeout);
  EXPECT_EQ(Credit(), before + world_.Load(id).quote.max_total);
}

TEST_F(PurchaseHouseTest, AnOrderThatWasSignedForWaitsForItsOwnSession) {
  world_.AddHouseSession("s", house_, 3);
  world_.AddHouseSession("other", house_, 2);
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(100, FakeChain::Handover::kDroppedByNode);
  for (int i = 0; i < 400 && world_.StateOf(id) != "QUEUED"; ++i) StepHouse();
  ASSERT_EQ(world_.StateOf(id), "QUEUED");
  Account("s").dead = true;
  StepOrder(id);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_EQ(world_.Load(id).session, SessionId("s"));
  EXPECT_EQ(world_.Load(id).payer.wallet_address, house_);
  Account("s").dead = false;
  SessionRow("s").given_up_at = absl::InfiniteFuture();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
}

TEST_F(PurchaseHouseTest, AFullHouseMakesOrdersWait) {
  world_.AddHouseSession("s", house_, 2);
  Invoiced("a");
  Invoiced("b");
  const OrderId waits = world_.BuyFromCredit("c");
  StepOrder(waits);
  EXPECT_EQ(world_.StateOf(waits), "QUEUED");
  PayAll();
  const OrderId first = OrderIdFor(world_.tenant, "a");
  DeliverFor(first);
  DeliverFor(OrderIdFor(world_.tenant, "b"));
  StepOrder(first);
  StepOrder(OrderIdFor(world_.tenant, "b"));
  StepOrder(first);
  StepOrder(waits);
  EXPECT_EQ(world_.StateOf(waits), "INVOICED");
}

TEST_F(PurchaseHouseTest, ConversationsKeepTheirPace) {
  world_.AddHouseSession("s", house_, 9);
  SessionRow("s").pace = absl::Seconds(5);
  const absl::Time start = world_.clock.Now();
  for (const char* name : {"a", "b", "c"}) world_.BuyFromCredit(name);
  int invoiced = 0;
  for (int i = 0; i < 50 && invoiced < 3; ++i) {
    invoiced = 0;
    for (const char* name : {"a", "b", "c"}) {
      const OrderId id = OrderIdFor(world_.tenant, name);
      if (world_.StateOf(id) == "QUEUED") StepOrder(id);
      invoiced += world_.StateOf(id) == "INVOICED";
    }
  }
  EXPECT_EQ(invoiced, 3);
  EXPECT_GE(world_.clock.Now() - start, absl::Seconds(10));
}

TEST_F(PurchaseHouseTest, AReviewThatHoldsTheCreditIsShownToTheLane) {
  world_.AddHouseSession("s", house_);
  const OrderId id = Invoiced("a");
  world_.chain.handovers.assign(100, FakeChain::Handover::kDroppedByNode);
  for (int i = 0; i < 400 && world_.StateOf(id) != "QUEUED"; ++i) StepHouse();
  world_.market.answers["FindRecipient"] = {Fail(Reason::kRecipientNotFound, "gone")};
  world_.signal.Forget();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
  EXPECT_TRUE(world_.signal.Announced(WorkItem::Kind::kLane, house_));
}

TEST_F(PurchaseHouseTest, AStorageThatFailsInTheConversationEndsNothing) {
  world_.AddHouseSession("s", house_);
  world_.market.weather = [&](absl::string_view) {
    world_.clock.Advance(absl::Seconds(4));
    return absl::OkStatus();
  };
  const OrderId id = world_.BuyFromCredit("a");
  NextCall("Renew", CallFate::kFails);
  EXPECT_FALSE(worker_.Run({WorkItem::Kind::kOrder, id.value()}).ok());
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
}

}  // namespace
}  // namespace starlift
