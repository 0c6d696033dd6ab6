#include "domain/webhook/delivery_machine.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace starlift {
namespace {

// Always the same fill: 0x00 gives the shortest jitter.
class ConstantRandom final : public Random {
 public:
  explicit ConstantRandom(uint8_t value) : value_(value) {}
  void Fill(absl::Span<uint8_t> bytes) override { std::fill(bytes.begin(), bytes.end(), value_); }

 private:
  uint8_t value_;
};

WebhookAnswer Status(int status, absl::Duration retry_after = absl::ZeroDuration()) {
  WebhookAnswer answer;
  answer.http_status = status;
  answer.retry_after = retry_after;
  return answer;
}

WebhookAnswer Error(const char* error) {
  WebhookAnswer answer;
  answer.error = error;
  return answer;
}

absl::Duration WaitAfter(int tries_before, const WebhookAnswer& answer, Random& random) {
  const DeliveryDecision decision = Decide(tries_before, answer, random);
  const auto* retry = std::get_if<DeliveryRetry>(&decision);
  return retry ? retry->wait : absl::InfiniteDuration();
}

TEST(DeliveryMachine, ScheduleIsTwelveTriesInSeventyFiveHoursFortyThreeMinutes) {
  EXPECT_EQ(DeliverySchedule().size(), 12u);
  absl::Duration whole;
  for (const absl::Duration wait : DeliverySchedule()) whole += wait;
  EXPECT_EQ(whole, absl::Hours(75) + absl::Minutes(42) + absl::Seconds(35));
  EXPECT_EQ(DeliverySchedule()[0], absl::ZeroDuration());
}

TEST(DeliveryMachine, OnlyTwoHundredsAreSuccess) {
  SystemRandom random;
  for (int status = 100; status < 600; ++status) {
    const DeliveryDecision decision = Decide(0, Status(status), random);
    EXPECT_EQ(std::holds_alternative<DeliveryDone>(decision), status / 100 == 2) << status;
    EXPECT_EQ(std::holds_alternative<DeliveryGivenUp>(decision), status == 410) << status;
  }
  EXPECT_TRUE(std::holds_alternative<DeliveryRetry>(Decide(0, Error("timeout"), random)));
}

TEST(DeliveryMachine, EveryWaitIsThePlannedOneWithinTwentyPercent) {
  SystemRandom random;
  for (int tries_before = 0; tries_before < 11; ++tries_before) {
    const absl::Duration planned = DeliverySchedule()[tries_before + 1];
    for (int i = 0; i < 100; ++i) {
      const absl::Duration wait = WaitAfter(tries_before, Status(500), random);
      EXPECT_GE(wait, planned * 4 / 5);
      EXPECT_LE(wait, planned * 6 / 5);
    }
  }
}

TEST(DeliveryMachine, GivesUpAfterTheTwelfthTry) {
  SystemRandom random;
  EXPECT_TRUE(std::holds_alternative<DeliveryRetry>(Decide(10, Status(500), random)));
  EXPECT_TRUE(std::holds_alternative<DeliveryGivenUp>(Decide(11, Status(500), random)));
  EXPECT_TRUE(std::holds_alternative<DeliveryDone>(Decide(11, Status(200), random)));
}

TEST(DeliveryMachine, RetryAfterLengthensToAtMostTwiceAndNeverShortens) {
  ConstantRandom shortest(0);
  const int tries_before = 2;  // planned next: 2 minutes
  EXPECT_EQ(WaitAfter(tries_before, Status(429, absl::Seconds(1)), shortest), absl::Seconds(96));
  EXPECT_EQ(WaitAfter(tries_before, Status(429, absl::Seconds(150)), shortest), absl::Seconds(150));
  EXPECT_EQ(WaitAfter(tries_before, Status(503, absl::Hours(9)), shortest), absl::Minutes(4));
}

}  // namespace
}  // namespace starlift
