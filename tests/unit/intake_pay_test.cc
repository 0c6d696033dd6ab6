#include <gtest/gtest.h>

#include "fakes/plain_renderer.h"
#include "intake_world.h"

namespace starlift {
namespace {

class IntakePayTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto answer = world_.intake.Create(world_.tenant, IntakeWorld::Input());
    ASSERT_TRUE(answer.ok());
    order_ = answer->order;
    world_.signal.changed.clear();
  }
  absl::StatusOr<IntakeAnswer> Pay(PayInput input) {
    return world_.intake.Pay(world_.tenant, std::move(input));
  }
  Reason ReasonFor(PayInput input) { return ReasonOf(Pay(std::move(input)).status()); }
  OrderState StoredState() { return world_.database.orders[order_.id.value()].order.state; }

  PlainRenderer renderer_;
  IntakeWorld world_{renderer_};
  Order order_;
};

TEST_F(IntakePayTest, QueuesTheOrder) {
  const auto answer = Pay(IntakeWorld::PayFor(order_));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->order.state, OrderState::kQueued);
  EXPECT_EQ(answer->order.sequence, 2);
  EXPECT_EQ(StoredState(), OrderState::kQueued);
  EXPECT_EQ(world_.database.ledger.size(), 1u);
  EXPECT_EQ(world_.signal.announced.size(), 1u);
  EXPECT_EQ(world_.signal.changed.size(), 1u);
}

TEST_F(IntakePayTest, RepeatAnswersTheOrderAndPaysNothing) {
  ASSERT_TRUE(Pay(IntakeWorld::PayFor(order_)).ok());
  const auto again = Pay(IntakeWorld::PayFor(order_));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(world_.database.ledger.size(), 1u);
}

TEST_F(IntakePayTest, SecondPaymentIsRefused) {
  ASSERT_TRUE(Pay(IntakeWorld::PayFor(order_)).ok());
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(order_, "p2")), Reason::kOrderAlreadyPaying);
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(order_, "p1", kOtherPhrase)), Reason::kRequestIdReused);
}

TEST_F(IntakePayTest, AnOrderThatWasCreatedWithPaymentKnowsItsOwnRequestId) {
  CreateInput input = IntakeWorld::Input("r2");
  input.payment = IntakeWorld::Payment();
  const auto created = world_.intake.Create(world_.tenant, std::move(input));
  ASSERT_TRUE(created.ok());
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(created->order, "p1")), Reason::kOrderAlreadyPaying);
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(created->order, "r2")), Reason::kNone);
}

TEST_F(IntakePayTest, NobodyElsesOrder) {
  EXPECT_EQ(ReasonOf(world_.intake.Pay(TenantId("ten_b"), IntakeWorld::PayFor(order_)).status()),
            Reason::kOrderNotFound);
  EXPECT_EQ(ReasonOf(world_.intake.Cancel(TenantId("ten_b"), order_.id).status()),
            Reason::kOrderNotFound);
}

TEST_F(IntakePayTest, TooLateByTheStoresClockEndsTheOrder) {
  world_.clock.Advance(absl::Minutes(11));
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(order_)), Reason::kOrderExpired);
  EXPECT_EQ(StoredState(), OrderState::kExpired);
  EXPECT_TRUE(world_.database.ledger.empty());
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(order_)), Reason::kOrderExpired);
}

TEST_F(IntakePayTest, ChecksThePayment) {
  PayInput input = IntakeWorld::PayFor(order_);
  input.payment.phrase =
      Secret::FromString(absl::string_view(kPhrase).substr(0, sizeof(kPhrase) - 8));
  EXPECT_EQ(ReasonFor(std::move(input)), Reason::kInvalidMnemonic);
  input = IntakeWorld::PayFor(order_);
  input.payment.cookies = Secret::FromString("stel_ssid=a");
  EXPECT_EQ(ReasonFor(std::move(input)), Reason::kInvalidCookies);
  world_.probes.wallet.usable = Fail(Reason::kWalletUnsupported, "frozen");
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(order_)), Reason::kWalletUnsupported);
  world_.probes.wallet.usable = absl::OkStatus();
  world_.probes.wallet.balance = Units(1);
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(order_)), Reason::kInsufficientBalance);
  EXPECT_EQ(StoredState(), OrderState::kAwaitingPayment);
}

TEST_F(IntakePayTest, LongTextsAreRefusedEachInItsField) {
  const auto mistakes = [this](size_t phrase, size_t password) {
    PayInput input = IntakeWorld::PayFor(order_);
    if (phrase > 0) input.payment.phrase = Secret::FromString(std::string(phrase, 'a'));
    input.payment.mnemonic_password = Secret::FromString(std::string(password, 'a'));
    return FieldMistakesOf(Pay(std::move(input)).status());
  };
  ASSERT_EQ(mistakes(4097, 0).size(), 1u);
  EXPECT_EQ(mistakes(4097, 0)[0].field, "payment.mnemonic");
  EXPECT_EQ(mistakes(4097, 0)[0].message, "the phrase is too long");
  ASSERT_EQ(mistakes(0, 4097).size(), 1u);
  EXPECT_EQ(mistakes(0, 4097)[0].field, "payment.mnemonic_password");
  EXPECT_EQ(mistakes(0, 4096)[0].field, "payment.mnemonic");
}

TEST_F(IntakePayTest, AFullStretcherIsNotAsked) {
  world_.stretcher.full = true;
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(order_)), Reason::kKeyStretchingBusy);
  CreateInput input = IntakeWorld::Input("r2");
  EXPECT_TRUE(world_.intake.Create(world_.tenant, IntakeWorld::Input("r3")).ok());
  input.payment = IntakeWorld::Payment();
  EXPECT_EQ(ReasonOf(world_.intake.Create(world_.tenant, std::move(input)).status()),
            Reason::kKeyStretchingBusy);
  EXPECT_EQ(world_.stretcher.calls, 0);
}

TEST_F(IntakePayTest, SaysThatAnotherRequestPaid) {
  ASSERT_TRUE(Pay(IntakeWorld::PayFor(order_)).ok());
  const absl::Status paying = Pay(IntakeWorld::PayFor(order_, "p2")).status();
  EXPECT_EQ(ReasonOf(paying), Reason::kOrderAlreadyPaying);
  EXPECT_EQ(paying.message(),
            "another request id has brought the order's payment; its state is QUEUED");
  world_.database.orders.begin()->second.order.state = OrderState::kDelivered;
  const absl::Status paid = Pay(IntakeWorld::PayFor(order_, "p2")).status();
  EXPECT_EQ(ReasonOf(paid), Reason::kOrderAlreadyPaying);
  EXPECT_EQ(paid.message(),
            "the order is paid for already, under another request id; its state is DELIVERED");
}

TEST_F(IntakePayTest, CancelEndsTheOrderOnce) {
  const auto cancelled = world_.intake.Cancel(world_.tenant, order_.id);
  ASSERT_TRUE(cancelled.ok());
  EXPECT_EQ(cancelled->state, OrderState::kCancelled);
  EXPECT_EQ(cancelled->reason, Reason::kCancelledByCaller);
  EXPECT_TRUE(world_.intake.Cancel(world_.tenant, order_.id).ok());
  EXPECT_EQ(world_.signal.changed.size(), 1u);
  EXPECT_EQ(ReasonFor(IntakeWorld::PayFor(order_)), Reason::kOrderExpired);
}

TEST_F(IntakePayTest, APaidOrderIsNotCancellable) {
  ASSERT_TRUE(Pay(IntakeWorld::PayFor(order_)).ok());
  EXPECT_EQ(ReasonOf(world_.intake.Cancel(world_.tenant, order_.id).status()),
            Reason::kOrderNotCancellable);
}

TEST_F(IntakePayTest, AnExpiredOrderIsNotCancellable) {
  world_.clock.Advance(absl::Minutes(11));
  EXPECT_EQ(ReasonOf(world_.intake.Cancel(world_.tenant, order_.id).status()),
            Reason::kOrderNotCancellable);
  EXPECT_EQ(StoredState(), OrderState::kExpired);
}

}  // namespace
}  // namespace starlift
