#include <gtest/gtest.h>

#include "domain/order/field_mistakes.h"
#include "fakes/plain_renderer.h"
#include "intake_world.h"

namespace starlift {
namespace {

class IntakeCreateTest : public testing::Test {
 protected:
  absl::StatusOr<IntakeAnswer> Create(CreateInput input) {
    return world_.intake.Create(world_.tenant, std::move(input));
  }
  Reason ReasonFor(CreateInput input) { return ReasonOf(Create(std::move(input)).status()); }
  std::string MetadataFor(CreateInput input, absl::string_view name) {
    for (const auto& [key, value] : MetadataOf(Create(std::move(input)).status())) {
      if (key == name) return value;
    }
    return "";
  }

  PlainRenderer renderer_;
  IntakeWorld world_{renderer_};
};

TEST_F(IntakeCreateTest, StoresAPricedOrderThatAwaitsPayment) {
  CreateInput input = IntakeWorld::Input();
  input.callback_url = "https://good.example/hook";
  input.traceparent = "trace";
  const auto answer = Create(std::move(input));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const Order& order = answer->order;
  EXPECT_EQ(order.id, OrderIdFor(world_.tenant, "r1"));
  EXPECT_EQ(order.state, OrderState::kAwaitingPayment);
  EXPECT_EQ(order.sequence, 1);
  EXPECT_EQ(order.recipient, "alice");
  EXPECT_EQ(order.traceparent, "trace");
  EXPECT_EQ(order.quote.cost, Units(457'200'000));
  EXPECT_EQ(order.quote.total, Units(509'200'000));
  EXPECT_EQ(order.expires_at, world_.clock.Now() + absl::Minutes(10));
  EXPECT_FALSE(answer->replayed);
  EXPECT_TRUE(world_.signal.announced.empty());
  EXPECT_EQ(world_.signal.changed, std::vector<std::string>{order.id.value()});
}

TEST_F(IntakeCreateTest, QueuesAnOrderThatBringsItsPayment) {
  CreateInput input = IntakeWorld::Input();
  input.payment = IntakeWorld::Payment();
  const auto answer = Create(std::move(input));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const Order& order = answer->order;
  EXPECT_EQ(order.state, OrderState::kQueued);
  EXPECT_EQ(order.sequence, 2);
  EXPECT_EQ(order.session.value(), "ses_two");
  EXPECT_EQ(order.execute_by, world_.clock.Now() + absl::Hours(24));
  EXPECT_EQ(order.payer.wallet_address.substr(0, 2), "0:");
  EXPECT_EQ(order.payer.public_key_hex.size(), 64u);
  ASSERT_EQ(world_.database.ledger.size(), 1u);
  EXPECT_EQ(world_.database.ledger[0].entries[1].amount, order.quote.max_total);
  const FakeOrderRow& row = world_.database.orders[order.id.value()];
  EXPECT_EQ(row.wallet_key->bytes,
            absl::StrCat("ten_a/order/", order.id.value(), "/wallet_key/32"));
  EXPECT_EQ(world_.database.sessions["ses_two"].jar->bytes,
            absl::StrCat("ten_a/session/ses_two/session_jar/", sizeof(kCookies) - 1));
  ASSERT_EQ(world_.signal.announced.size(), 1u);
  EXPECT_EQ(world_.signal.announced[0].id, order.id.value());
}

TEST_F(IntakeCreateTest, RepeatGivesTheSameOrderWithoutAskingAnybody) {
  ASSERT_TRUE(Create(IntakeWorld::Input()).ok());
  world_.probes.asked.clear();
  world_.clock.Advance(absl::Hours(1));  // prices are stale by now
  const auto again = Create(IntakeWorld::Input());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_TRUE(world_.probes.asked.empty());
  EXPECT_EQ(world_.database.orders.size(), 1u);
}

TEST_F(IntakeCreateTest, RepeatWithPaymentIsKnownByItsWalletWhateverTheCookies) {
  CreateInput first = IntakeWorld::Input();
  first.payment = IntakeWorld::Payment();
  ASSERT_TRUE(Create(std::move(first)).ok());
  CreateInput again = IntakeWorld::Input();
  again.payment = IntakeWorld::Payment();
  again.payment->cookies = Secret();
  const auto answer = Create(std::move(again));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->replayed);
  CreateInput other = IntakeWorld::Input();
  other.payment = IntakeWorld::Payment(kOtherPhrase);
  EXPECT_EQ(MetadataFor(std::move(other), "field"), "payment.mnemonic");
  EXPECT_EQ(world_.database.ledger.size(), 1u);
}

TEST_F(IntakeCreateTest, RepeatWithAnotherBodyNamesTheField) {
  ASSERT_TRUE(Create(IntakeWorld::Input()).ok());
  const auto field = [&](auto change) {
    CreateInput input = IntakeWorld::Input();
    change(&input);
    return MetadataFor(std::move(input), "field");
  };
  EXPECT_EQ(field([](CreateInput* i) { i->product.quantity = 101; }), "product");
  EXPECT_EQ(field([](CreateInput* i) { i->recipient = "bob"; }), "recipient");
  EXPECT_EQ(field([](CreateInput* i) { i->funding = Funding::kInvoice; }), "funding");
  EXPECT_EQ(field([](CreateInput* i) { i->session_kind = SessionKind::kHouse; }), "session_kind");
  EXPECT_EQ(field([](CreateInput* i) { i->asset = Asset::kUsdt; }), "asset");
  EXPECT_EQ(field([](CreateInput* i) { i->max_total = Units(9); }), "max_total");
  EXPECT_EQ(field([](CreateInput* i) { i->callback_url = "https://x.y"; }), "callback_url");
  EXPECT_EQ(field([](CreateInput* i) { i->payment = IntakeWorld::Payment(); }), "payment");
  CreateInput changed = IntakeWorld::Input();
  changed.product.quantity = 60;
  EXPECT_EQ(ReasonFor(std::move(changed)), Reason::kRequestIdReused);
  EXPECT_EQ(world_.database.orders.size(), 1u);
}

TEST_F(IntakeCreateTest, TenantsDoNotShareRequestIds) {
  ASSERT_TRUE(Create(IntakeWorld::Input()).ok());
  const auto other = world_.intake.Create(TenantId("ten_b"), IntakeWorld::Input());
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(other->replayed);
  EXPECT_EQ(world_.database.orders.size(), 2u);
}

TEST_F(IntakeCreateTest, RefusesRequestIds) {
  EXPECT_EQ(ReasonFor(IntakeWorld::Input("")), Reason::kRequestIdRequired);
  EXPECT_EQ(ReasonFor(IntakeWorld::Input("with space")), Reason::kRequestIdInvalid);
  EXPECT_EQ(ReasonFor(IntakeWorld::Input(std::string(65, 'a'))), Reason::kRequestIdInvalid);
  EXPECT_EQ(ReasonFor(IntakeWorld::Input(std::string(64, '-'))), Reason::kNone);
}

TEST_F(IntakeCreateTest, TellsAllMistakesAtOnce) {
  CreateInput input = IntakeWorld::Input();
  input.product.quantity = 1;
  input.recipient = "not a name";
  input.max_total = Units(-1);
  input.callback_url = "ftp://x";
  input.payment.emplace();
  const absl::Status status = Create(std::move(input)).status();
  std::vector<std::string> fields;
  for (const FieldMistake& mistake : FieldMistakesOf(status)) fields.push_back(mistake.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"product.quantity", "recipient.username", "max_total",
                                              "callback_url", "payment.mnemonic",
                                              "payment.fragment_cookies"}));
  EXPECT_EQ(ReasonOf(status), Reason::kQuantityOutOfRange);
  EXPECT_EQ(world_.stretcher.calls, 0);
}

TEST_F(IntakeCreateTest, SaysWhatIsNotOffered) {
  const auto reason = [&](auto change) {
    CreateInput input = IntakeWorld::Input();
    change(&input);
    return ReasonFor(std::move(input));
  };
  EXPECT_EQ(reason([](CreateInput* i) { i->funding = Funding::kExternal; }),
            Reason::kFundingNotAvailable);
  EXPECT_EQ(reason([](CreateInput* i) {
              i->funding = Funding::kInvoice;
              i->session_kind = SessionKind::kHouse;
            }),
            Reason::kFundingNotAvailable);
  EXPECT_EQ(reason([](CreateInput* i) { i->funding = Funding::kInvoice; }),
            Reason::kCombinationNotAllowed);
  EXPECT_EQ(reason([](CreateInput* i) { i->funding = Funding::kBalance; }),
            Reason::kCombinationNotAllowed);
  EXPECT_EQ(reason([](CreateInput* i) {
              *i = IntakeWorld::OnCredit();
              i->asset = Asset::kUsdt;
            }),
            Reason::kCombinationNotAllowed);
  EXPECT_EQ(reason([](CreateInput* i) {
              *i = IntakeWorld::OnCredit();
              i->product = {ProductType::kPremium, 0, 3};
            }),
            Reason::kProductNotAvailable);
  EXPECT_EQ(reason([](CreateInput* i) { i->session_kind = SessionKind::kHouse; }),
            Reason::kSessionKindNotAvailable);
  EXPECT_EQ(reason([](CreateInput* i) { i->asset = Asset::kUsdt; }), Reason::kAssetNotAvailable);
  EXPECT_EQ(reason([](CreateInput* i) {
              i->product = {ProductType::kPremium, 0, 3};
            }),
            Reason::kProductNotAvailable);
  EXPECT_EQ(reason([](CreateInput* i) {
              i->product = {ProductType::kTonTopup, 5, 0};
            }),
            Reason::kProductNotAvailable);
  EXPECT_EQ(reason([](CreateInput* i) {
              i->session_kind = SessionKind::kHouse;
              i->asset = Asset::kUsdt;
            }),
            Reason::kCombinationNotAllowed);
  EXPECT_TRUE(world_.database.orders.empty());
}

TEST_F(IntakeCreateTest, DefiniteRefusalOfTheRecipientStoresNothing) {
  world_.probes.recipient.verdict = RecipientProbe::Verdict::kRefused;
  world_.probes.recipient.refusal = Fail(Reason::kRecipientNotFound, "no such user");
  EXPECT_EQ(ReasonFor(IntakeWorld::Input()), Reason::kRecipientNotFound);
  EXPECT_TRUE(world_.database.orders.empty());
  // The id is free again.
  world_.probes.recipient = {};
  EXPECT_EQ(ReasonFor(IntakeWorld::Input()), Reason::kNone);
}

TEST_F(IntakeCreateTest, StalePricesRefuse) {
  world_.clock.Advance(absl::Seconds(61));
  EXPECT_EQ(ReasonFor(IntakeWorld::Input()), Reason::kPricesStale);
}

TEST_F(IntakeCreateTest, ValidateOnlyPricesAndStoresNothing) {
  CreateInput input = IntakeWorld::Input();
  input.validate_only = true;
  input.payment = IntakeWorld::Payment();
  const auto answer = Create(std::move(input));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->order.id.empty());
  EXPECT_EQ(answer->order.quote.total, Units(509'200'000));
  EXPECT_TRUE(world_.database.orders.empty());
  EXPECT_TRUE(world_.signal.changed.empty());
}

TEST_F(IntakeCreateTest, AWalletThatCannotPayIsRefusedWithBothAmounts) {
  world_.probes.wallet.balance = Units(509'199'999);
  CreateInput input = IntakeWorld::Input();
  input.payment = IntakeWorld::Payment();
  const absl::Status status = Create(std::move(input)).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInsufficientBalance);
  EXPECT_EQ(MetadataOf(status),
            (ErrorMetadata{{"available", "509199999"}, {"required", "509200000"}}));
  EXPECT_TRUE(world_.database.orders.empty());
}

TEST_F(IntakeCreateTest, AWalletThatCannotBeSeenIsAccepted) {
  world_.probes.wallet = {};
  CreateInput input = IntakeWorld::Input();
  input.payment = IntakeWorld::Payment();
  EXPECT_EQ(ReasonFor(std::move(input)), Reason::kNone);
}

TEST_F(IntakeCreateTest, BusyStretchingStoresNothing) {
  world_.stretcher.busy = true;
  CreateInput input = IntakeWorld::Input();
  input.payment = IntakeWorld::Payment();
  EXPECT_EQ(ReasonFor(std::move(input)), Reason::kKeyStretchingBusy);
  EXPECT_TRUE(world_.database.orders.empty());
}

}  // namespace
}  // namespace starlift
