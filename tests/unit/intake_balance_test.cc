// Orders that the tenant's prepaid credit pays for.
#include <gtest/gtest.h>

#include "domain/order/field_mistakes.h"
#include "fakes/plain_renderer.h"
#include "intake_world.h"

namespace starlift {
namespace {

class IntakeBalanceTest : public testing::Test {
 protected:
  static CreateInput Paying(const std::string& request_id = "r1") {
    CreateInput input = IntakeWorld::OnCredit(request_id);
    input.payment.emplace();
    return input;
  }
  static PayInput PayFor(const Order& order, const std::string& request_id = "p1") {
    PayInput input;
    input.order = order.id;
    input.request_id = request_id;
    return input;
  }
  absl::StatusOr<IntakeAnswer> Create(CreateInput input) {
    return world_.intake.Create(world_.tenant, std::move(input));
  }
  absl::StatusOr<IntakeAnswer> Pay(PayInput input) {
    return world_.intake.Pay(world_.tenant, std::move(input));
  }
  Order Created() {
    const auto answer = Create(IntakeWorld::OnCredit());
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->order : Order();
  }

  PlainRenderer renderer_;
  IntakeWorld world_{renderer_};
};

TEST_F(IntakeBalanceTest, AnEmptyPaymentPaysAtOnce) {
  world_.GiveCredit(Units(1'000'000'000));
  const auto answer = Create(Paying());
  ASSERT_TRUE(answer.ok()) << answer.status();
  const Order& order = answer->order;
  EXPECT_EQ(order.state, OrderState::kQueued);
  EXPECT_EQ(order.payer.wallet_address, "");
  EXPECT_TRUE(order.session.empty());
  EXPECT_EQ(order.execute_by, world_.clock.Now() + absl::Hours(24));
  // The commission of house sessions is in the total, and all that may be spent is set aside.
  EXPECT_EQ(order.quote.commission, Units(4'572'000));
  EXPECT_EQ(world_.CreditLeft(), Units(1'000'000'000) - order.quote.max_total);
  EXPECT_EQ(world_.stretcher.calls, 0);
  EXPECT_FALSE(world_.database.orders.begin()->second.wallet_key.has_value());
  EXPECT_TRUE(world_.database.sessions.empty());
  ASSERT_EQ(world_.signal.announced.size(), 1u);
}

TEST_F(IntakeBalanceTest, TooLittleCreditStoresNothing) {
  world_.GiveCredit(Units(500'000'000));
  const absl::Status status = Create(Paying()).status();
  EXPECT_EQ(ReasonOf(status), Reason::kCreditInsufficient);
  EXPECT_EQ(MetadataOf(status),
            (ErrorMetadata{{"available", "500000000"}, {"required", "522916000"}}));
  EXPECT_TRUE(world_.database.orders.empty());
  EXPECT_TRUE(world_.signal.announced.empty());
  EXPECT_EQ(world_.CreditLeft(), Units(500'000'000));
  world_.GiveCredit(Units(100'000'000));
  EXPECT_TRUE(Create(Paying()).ok());
}

TEST_F(IntakeBalanceTest, PaysInTwoSteps) {
  const Order order = Created();
  EXPECT_EQ(order.state, OrderState::kAwaitingPayment);
  EXPECT_EQ(ReasonOf(Pay(PayFor(order)).status()), Reason::kCreditInsufficient);
  world_.GiveCredit(Units(1'000'000'000));
  const auto paid = Pay(PayFor(order));
  ASSERT_TRUE(paid.ok()) << paid.status();
  EXPECT_EQ(paid->order.state, OrderState::kQueued);
  const auto again = Pay(PayFor(order));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(ReasonOf(Pay(PayFor(order, "p2")).status()), Reason::kOrderAlreadyPaying);
  EXPECT_EQ(world_.CreditLeft(), Units(1'000'000'000) - order.quote.max_total);
}

TEST_F(IntakeBalanceTest, WhatElseIsBroughtIsAMistake) {
  CreateInput input = Paying();
  input.payment = IntakeWorld::Payment();
  input.payment->mnemonic_password = Secret::FromString("x");
  input.payment->wallet_version = WalletChoice::kV5R1;
  std::vector<std::string> fields;
  const absl::Status status = Create(std::move(input)).status();
  for (const FieldMistake& mistake : FieldMistakesOf(status)) fields.push_back(mistake.field);
  EXPECT_EQ(fields,
            (std::vector<std::string>{"payment.mnemonic", "payment.mnemonic_password",
                                      "payment.wallet_version", "payment.fragment_cookies"}));
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidField);
  const Order order = Created();
  world_.GiveCredit(Units(1'000'000'000));
  PayInput pay = PayFor(order);
  pay.payment.cookies = Secret::FromString(kCookies);
  EXPECT_EQ(ReasonOf(Pay(std::move(pay)).status()), Reason::kInvalidField);
  EXPECT_EQ(world_.CreditLeft(), Units(1'000'000'000));
}

TEST_F(IntakeBalanceTest, ARepeatIsTheSameOrderAlsoOnceAWorkerGaveItAWallet) {
  world_.GiveCredit(Units(1'000'000'000));
  const auto first = Create(Paying());
  ASSERT_TRUE(first.ok());
  Order& stored = world_.database.orders.begin()->second.order;
  stored.payer.wallet_address = "0:house";
  stored.session = SessionId("ses_house");
  const auto again = Create(Paying());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(world_.database.ledger.size(), 2u);  // the booking and one hold
  const absl::Status unpaid = Create(IntakeWorld::OnCredit()).status();
  EXPECT_EQ(MetadataOf(unpaid), (ErrorMetadata{{"field", "payment"}}));
}

TEST_F(IntakeBalanceTest, AFullStretcherDoesNotConcernIt) {
  world_.GiveCredit(Units(1'000'000'000));
  world_.stretcher.full = true;
  EXPECT_TRUE(Create(Paying()).ok());
  const auto order = Create(IntakeWorld::OnCredit("r2"));
  ASSERT_TRUE(order.ok());
  EXPECT_EQ(ReasonOf(Pay(PayFor(order->order)).status()), Reason::kCreditInsufficient);
}

TEST_F(IntakeBalanceTest, ItMustBeSaidThatAHouseSessionBuys) {
  CreateInput input = IntakeWorld::OnCredit();
  input.session_kind = SessionKind::kOwn;
  const absl::Status status = Create(std::move(input)).status();
  EXPECT_EQ(ReasonOf(status), Reason::kCombinationNotAllowed);
  EXPECT_EQ(status.message(),
            "funding balance buys with house sessions: session_kind must be HOUSE");
}

}  // namespace
}  // namespace starlift
