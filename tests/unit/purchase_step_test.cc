// An order's way to its invoice, and from its payment to its delivery.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/backoff.h"
#include "money_world.h"

namespace starlift {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class PurchaseStepTest : public MoneyTest {
 protected:
  OrderId Queued(const std::string& name = "a", const std::string& session = "ses") {
    return world_.Buy(name, wallet_, session);
  }
  OrderId PaidOrder(const std::string& name = "a", const std::string& session = "ses") {
    const OrderId id = Queued(name, session);
    StepOrder(id);
    StepLane();
    StepLane();
    EXPECT_EQ(world_.StateOf(id), "PAID");
    return id;
  }
  void Deliver() {
    for (const FakeChain::Paid& paid : world_.chain.paid) world_.market.Settle(paid.body_hash);
  }
  void ExpectFailed(const OrderId& id, Reason reason) {
    EXPECT_EQ(world_.StateOf(id), "FAILED");
    EXPECT_EQ(ReasonName(world_.Load(id).reason), ReasonName(reason));
    EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 1);
    EXPECT_EQ(world_.Balance(absl::StrCat("held:", id.value())), Units(0));
    EXPECT_FALSE(world_.database.orders.at(id.value()).wallet_key.has_value());
  }
  FakeOrderRow& Row(const OrderId& id) { return world_.database.orders.at(id.value()); }
  FakeSessionRow& SessionRow(const std::string& id) { return world_.database.sessions[id]; }
};

TEST_F(PurchaseStepTest, FetchesAndChecksTheInvoiceAndCallsTheLane) {
  const OrderId id = Queued();
  world_.signal.Forget();
  EXPECT_EQ(StepOrder(id), absl::InfiniteFuture());
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_THAT(world_.market.calls, testing::ElementsAre("ResetState", "State", "FindRecipient",
                                                        "OpenRequest", "FetchInvoice"));
  ASSERT_THAT(world_.database.invoices, SizeIs(1));
  const Invoice& invoice = world_.database.invoices[0];
  EXPECT_EQ(invoice.order, id);
  EXPECT_EQ(invoice.payee, FakeMarket::kPayeeRaw);
  EXPECT_EQ(invoice.sender, wallet_);
  EXPECT_TRUE(invoice.state_was_not_done);
  EXPECT_EQ(world_.market.accounts["ses"].cookies, "cookies=1");
  EXPECT_TRUE(world_.signal.Announced(WorkItem::Kind::kLane, wallet_));
  EXPECT_THAT(world_.signal.changed, testing::ElementsAre(id.value()));
  EXPECT_EQ(StepOrder(id), absl::InfiniteFuture()) << "from here on it is the lane's";
}

TEST_F(PurchaseStepTest, SeesTheDeliveryAndSaysHow) {
  const OrderId id = PaidOrder();
  EXPECT_EQ(WaitOfOrder(id), world_.rules.delivery_poll);
  EXPECT_EQ(world_.StateOf(id), "PAID");
  Deliver();
  EXPECT_EQ(StepOrder(id), absl::InfiniteFuture());
  EXPECT_EQ(world_.StateOf(id), "DELIVERED");
  EXPECT_EQ(world_.Load(id).evidence, DeliveryEvidence::kSessionState);
  EXPECT_EQ(world_.market.confirmed.at(0), world_.Transfers().at(0).boc);
  EXPECT_FALSE(Row(id).wallet_key.has_value());
  EXPECT_FALSE(SessionRow("ses").jar.has_value()) << "the session's last order ended";
}

TEST_F(PurchaseStepTest, ASessionServesOneOrderAtATime) {
  const OrderId first = Queued("a");
  const OrderId second = Queued("b");
  StepOrder(first);
  EXPECT_EQ(WaitOfOrder(second), world_.rules.session_busy);
  EXPECT_EQ(world_.StateOf(second), "QUEUED");
  StepLane();
  StepLane();
  Deliver();
  StepOrder(first);
  EXPECT_EQ(world_.StateOf(first), "DELIVERED");
  StepOrder(second);
  EXPECT_EQ(world_.StateOf(second), "INVOICED");
}

TEST_F(PurchaseStepTest, ARefusalEndsTheOrderAtOnce) {
  const std::pair<const char*, Reason> refusals[] = {
      {"FindRecipient", Reason::kRecipientNotFound},
      {"FindRecipient", Reason::kRecipientRefused},
      {"OpenRequest", Reason::kKycRequired},
      {"FetchInvoice", Reason::kQuantityOutOfRange},
  };
  int number = 0;
  for (const auto& [method, reason] : refusals) {
    SCOPED_TRACE(ReasonName(reason));
    const std::string name = absl::StrCat("o", ++number);
    const OrderId id = Queued(name, name);
    world_.market.answers[method] = {Fail(reason, "no")};
    StepOrder(id);
    ExpectFailed(id, reason);
  }
}

TEST_F(PurchaseStepTest, ADeadSessionEndsTheOrder) {
  const OrderId id = Queued("a", "one");
  world_.market.answers["ResetState"] = {Fail(Reason::kSessionDead, "logged out")};
  StepOrder(id);
  ExpectFailed(id, Reason::kSessionDead);
  const OrderId wiped = Queued("b", "two");
  SessionRow("two").jar.reset();
  StepOrder(wiped);
  ExpectFailed(wiped, Reason::kSessionDead);
}

TEST_F(PurchaseStepTest, AnOutageOrAnUnreadableAnswerIsAskedAgainLater) {
  const OrderId id = Queued();
  absl::Duration shortest = absl::InfiniteDuration(), longest;
  for (int i = 0; i < 20; ++i) {
    world_.market.answers[i % 2 == 0 ? "State" : "FetchInvoice"] = {
        Fail(Reason::kFragmentUnavailable, "?", {{"kind", i % 2 == 0 ? "outage" : "unreadable"}})};
    const absl::Duration wait = WaitOfOrder(id);
    shortest = std::min(shortest, wait);
    longest = std::max(longest, wait);
    EXPECT_EQ(world_.StateOf(id), "QUEUED");
  }
  EXPECT_LT(shortest, absl::Seconds(2));
  EXPECT_GT(longest, absl::Seconds(40));
  EXPECT_LE(longest, absl::Seconds(72));
  EXPECT_EQ(world_.Load(id).payment_attempts + world_.Load(id).invoice_attempts, 0);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
}

TEST_F(PurchaseStepTest, AnOutageLastsUntilTheOrdersTimeIsOver) {
  const OrderId id = Queued();
  world_.market.weather = [](absl::string_view) {
    return Fail(Reason::kFragmentUnavailable, "down");
  };
  StepOrder(id);
  world_.clock.Set(world_.Load(id).execute_by);
  StepOrder(id);
  ExpectFailed(id, Reason::kQueueTimeout);
}

TEST_F(PurchaseStepTest, APriceThatMovesIsAskedForThreeTimes) {
  const absl::Status moved = Fail(Reason::kPriceChanged, "moved");
  const OrderId lucky = Queued("a", "one");
  world_.market.answers["FetchInvoice"] = {moved, moved};
  StepOrder(lucky);
  EXPECT_EQ(world_.StateOf(lucky), "INVOICED");
  EXPECT_EQ(world_.market.Calls("OpenRequest"), 3);
  const OrderId unlucky = Queued("b", "two");
  world_.market.answers["FetchInvoice"] = {moved, moved, moved};
  StepOrder(unlucky);
  ExpectFailed(unlucky, Reason::kPriceChanged);
  EXPECT_EQ(world_.market.Calls("OpenRequest"), 6);
}

TEST_F(PurchaseStepTest, AnInvoiceThatIsNotOursEndsTheOrder) {
  struct Case {
    std::function<void(MarketInvoice*)> spoil;
    Reason reason;
  };
  const Case cases[] = {
      {[](MarketInvoice* i) { i->messages[0].address = i->sender; }, Reason::kInvoiceWrongPayee},
      {[](MarketInvoice* i) { i->messages[0].amount += Units(9'144'001); },
       Reason::kInvoiceAmountTooHigh},
      {[](MarketInvoice* i) { i->messages.push_back(i->messages[0]); },
       Reason::kInvoiceMessageCount},
      {[](MarketInvoice* i) { i->messages[0].has_state_init = true; }, Reason::kInvoiceStateInit},
      {[](MarketInvoice* i) { i->messages[0].payload_base64 = "x"; }, Reason::kInvoiceUnreadable},
      {[](MarketInvoice* i) { i->valid_until -= absl::Minutes(10); },
       Reason::kInvoiceExpiresTooSoon},
      {[](MarketInvoice* i) { i->sender = FakeMarket::kPayee; }, Reason::kInvoiceWrongSender},
  };
  int number = 0;
  for (const Case& c : cases) {
    SCOPED_TRACE(ReasonName(c.reason));
    const std::string name = absl::StrCat("o", ++number);
    const OrderId id = Queued(name, name);
    world_.market.spoil = c.spoil;
    StepOrder(id);
    ExpectFailed(id, c.reason);
  }
  EXPECT_THAT(world_.database.invoices, IsEmpty());
}

TEST_F(PurchaseStepTest, ChangedCookiesAreSealedAgainWhateverCameOfTheCall) {
  const OrderId id = Queued();
  world_.market.accounts["ses"].new_cookies = "cookies=2";
  world_.market.answers["State"] = {Fail(Reason::kFragmentUnavailable, "down")};
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  const auto jar = world_.vault.Open(*SessionRow("ses").jar, world_.Jar("ses"));
  ASSERT_TRUE(jar.ok()) << jar.status();
  EXPECT_EQ(jar->RevealString(), "cookies=2");
  StepOrder(id);
  EXPECT_EQ(world_.market.accounts["ses"].cookies, "cookies=2");
}

TEST_F(PurchaseStepTest, NewerCookiesOfSomebodyElseAreKept) {
  const OrderId id = Queued();
  world_.market.accounts["ses"].new_cookies = "cookies=2";
  worker_.fate.choose = [&](absl::string_view method) {
    if (method == "SaveJar") {
      SessionRow("ses").jar = world_.vault.Seal(Secret::FromString("newer"), world_.Jar("ses"));
      ++SessionRow("ses").jar_version;
    }
    return CallFate::kNormal;
  };
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  EXPECT_EQ(world_.vault.Open(*SessionRow("ses").jar, world_.Jar("ses"))->RevealString(), "newer");
}

TEST_F(PurchaseStepTest, AnInvoiceOfAnotherOrderIsNeverPaidAgain) {
  const OrderId first = Queued("a", "one");
  StepOrder(first);
  const OrderId second = Queued("b", "two");
  world_.market.spoil = [](MarketInvoice* invoice) { invoice->request_id = "req-1"; };
  StepOrder(second);
  ExpectFailed(second, Reason::kInvoiceReused);
  EXPECT_THAT(world_.database.invoices, SizeIs(1));
}

TEST_F(PurchaseStepTest, ThreeWorkersThatDieCallAPerson) {
  const OrderId id = Queued();
  for (int death = 1; death <= 3; ++death) {
    Worker other(world_, absl::StrCat("w", death));
    other.fate.choose = [](absl::string_view method) {
      return method == "SaveInvoice" ? CallFate::kDiesBefore : CallFate::kNormal;
    };
    EXPECT_FALSE(other.Run({WorkItem::Kind::kOrder, id.value()}).ok());
    world_.Pass(world_.rules.lease + absl::Seconds(1));
  }
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kWorkerCrashedRepeatedly);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
}

TEST_F(PurchaseStepTest, AWorkerThatCanSayWhatHappenedDidNotDie) {
  const OrderId id = Queued();
  world_.market.answers["State"].assign(10, Fail(Reason::kFragmentUnavailable, "down"));
  for (int i = 0; i < 10; ++i) StepOrder(id);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
}

TEST_F(PurchaseStepTest, AWorkerThatLostItsFenceSavesNothing) {
  const OrderId id = Queued();
  worker_.fate.choose = [&](absl::string_view method) {
    if (method == "SaveInvoice") {
      worker_.fate.choose = nullptr;
      world_.Pass(world_.rules.lease + absl::Seconds(1));
      Worker other(world_, "w2");
      EXPECT_TRUE(other.Run({WorkItem::Kind::kOrder, id.value()}).ok());
    }
    return CallFate::kNormal;
  };
  const absl::Status status = worker_.Run({WorkItem::Kind::kOrder, id.value()}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kConcurrentRequest);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
  ASSERT_THAT(world_.database.invoices, SizeIs(1));
  EXPECT_EQ(world_.database.invoices[0].fragment_request_id, "req-2");
}

TEST_F(PurchaseStepTest, ASlowConversationKeepsItsLease) {
  const OrderId id = Queued();
  world_.market.weather = [&](absl::string_view) {
    world_.clock.Advance(absl::Seconds(4));
    return absl::OkStatus();
  };
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
}

TEST_F(PurchaseStepTest, AJarThatCannotBeOpenedHereLosesNothing) {
  const OrderId id = Queued();
  world_.vault.locked = true;
  EXPECT_EQ(ReasonOf(worker_.Run({WorkItem::Kind::kOrder, id.value()}).status()),
            Reason::kInternal);
  EXPECT_EQ(world_.StateOf(id), "QUEUED");
  EXPECT_EQ(Row(id).lease.due, world_.clock.Now() + world_.rules.outage_most);
  world_.vault.locked = false;
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "INVOICED");
}

TEST_F(PurchaseStepTest, AProvisionallyDeadPaymentKeepsTheMoneyWhenTheOrderEnds) {
  const OrderId id = Queued();
  StepOrder(id);
  world_.chain.handovers.assign(100, FakeChain::Handover::kDroppedByNode);
  StepLane();
  FollowLane();
  world_.market.answers["FindRecipient"] = {Fail(Reason::kRecipientNotFound, "gone")};
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kRecipientNotFound);
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
}

TEST_F(PurchaseStepTest, ABaselineThatWasDoneNeverClaimsADelivery) {
  world_.market.accounts["ses"].mode = "done";
  world_.market.accounts["ses"].stuck = true;
  const OrderId id = PaidOrder();
  Deliver();
  for (int i = 0; i < 10; ++i) StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "PAID");
  EXPECT_EQ(world_.Load(id).evidence, DeliveryEvidence::kNone);
}

TEST_F(PurchaseStepTest, WithoutEvidenceAPersonIsCalledAndLateEvidenceClosesTheReview) {
  const OrderId id = PaidOrder();
  const absl::Time paid_at = world_.Load(id).paid_at;
  for (int i = 0; i < 5000 && world_.StateOf(id) == "PAID"; ++i) {
    const absl::Time next = StepOrder(id);
    if (next == absl::InfiniteFuture()) break;
    const bool early = world_.clock.Now() - paid_at < absl::Minutes(1);
    EXPECT_EQ(next - world_.clock.Now(),
              early ? world_.rules.delivery_poll : world_.rules.delivery_slow_poll);
  }
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Load(id).reason, Reason::kDeliveryUnconfirmed);
  EXPECT_GE(world_.clock.Now() - paid_at, world_.rules.delivery_wait);
  StepOrder(id);
  EXPECT_EQ(WaitOfOrder(id), world_.rules.review_poll);
  Deliver();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "DELIVERED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kNone);
}

TEST_F(PurchaseStepTest, ADeadSessionAfterThePaymentIsNoFailure) {
  const OrderId id = PaidOrder();
  world_.market.weather = [](absl::string_view) {
    return Fail(Reason::kSessionDead, "logged out");
  };
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "PAID");
  world_.clock.Set(world_.Load(id).paid_at + world_.rules.delivery_wait);
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "NEEDS_REVIEW");
  EXPECT_EQ(world_.Ledger(id, LedgerKind::kVoid), 0);
}

TEST_F(PurchaseStepTest, AConfirmationIsBestEffortAndLimited) {
  const OrderId id = PaidOrder();
  world_.market.answers["Confirm"].assign(9, Fail(Reason::kFragmentUnavailable, "down"));
  for (int i = 0; i < 6; ++i) StepOrder(id);
  EXPECT_EQ(world_.market.Calls("Confirm"), world_.rules.confirm_tries);
  Deliver();
  StepOrder(id);
  EXPECT_EQ(world_.StateOf(id), "DELIVERED");
}

TEST_F(PurchaseStepTest, AnOrderThatNobodyPaysExpires) {
  NewOrder fresh = Unpaid(world_.tenant, "unpaid", world_.clock.Now());
  ASSERT_TRUE(world_.orders.Create({&fresh, 1}).front().status.ok());
  const OrderId id = fresh.created.order.id;
  EXPECT_TRUE(worker_.Run({WorkItem::Kind::kOrder, id.value()}).ok());
  EXPECT_EQ(world_.StateOf(id), "AWAITING_PAYMENT");
  StepOrder(id);
  EXPECT_EQ(world_.clock.Now(), world_.Load(id).expires_at);
  EXPECT_EQ(world_.StateOf(id), "EXPIRED");
  EXPECT_EQ(world_.Load(id).reason, Reason::kNotPaidInTime);
  EXPECT_THAT(world_.database.ledger, IsEmpty());
}

}  // namespace
}  // namespace starlift
