#include "domain/webhook/deliverer.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "domain/webhook/delivery_machine.h"
#include "domain/webhook/signing.h"

namespace starlift {
namespace {

constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Outcome {
  std::string what;  // "delivered", "retry", "gave up"
  DeliveryAttempt attempt;
  absl::Duration wait;
};

// Hands out what it was given, once; keeps what it was told.
class OneShotStore final : public DeliveryStore {
 public:
  absl::StatusOr<std::vector<Delivery>> Claim(absl::string_view, absl::Duration lease,
                                              int limit) override {
    claimed_for = lease;
    std::vector<Delivery> taken;
    while (!due.empty() && static_cast<int>(taken.size()) < limit) {
      taken.push_back(due.front());
      due.erase(due.begin());
    }
    return taken;
  }
  absl::Status Delivered(const Delivery& delivery, const DeliveryAttempt& attempt) override {
    return Keep(delivery, {"delivered", attempt, absl::ZeroDuration()});
  }
  absl::Status Retry(const Delivery& delivery, const DeliveryAttempt& attempt,
                     absl::Duration wait) override {
    return Keep(delivery, {"retry", attempt, wait});
  }
  absl::Status GiveUp(const Delivery& delivery, const DeliveryAttempt& attempt) override {
    return Keep(delivery, {"gave up", attempt, absl::ZeroDuration()});
  }

  std::vector<Delivery> due;
  std::map<std::string, Outcome> outcomes;
  std::string fails_for;
  absl::Duration claimed_for;

 private:
  absl::Status Keep(const Delivery& delivery, Outcome outcome) {
    if (delivery.id == fails_for) return absl::UnavailableError("the store is away");
    outcomes[delivery.id] = std::move(outcome);
    return absl::OkStatus();
  }
};

class ScriptedSender final : public WebhookSender {
 public:
  WebhookAnswer Post(absl::string_view url,
                     const std::vector<std::pair<std::string, std::string>>& headers,
                     absl::string_view body) override {
    sent_headers[std::string(url)] = headers;
    sent_bodies[std::string(url)] = std::string(body);
    return answers[std::string(url)];
  }

  std::map<std::string, WebhookAnswer> answers;
  std::map<std::string, WebhookHeaders> sent_headers;
  std::map<std::string, std::string> sent_bodies;
};

// Opens only what belongs to the tenant's endpoint.
class EndpointOpener final : public Opener {
 public:
  absl::StatusOr<Secret> Open(const SealedSecret& sealed,
                              const SealContext& context) const override {
    if (context.kind != "endpoint" || context.purpose != "webhook_secret" ||
        context.id != context.tenant.value() || sealed.bytes != "sealed") {
      return absl::InternalError("does not open");
    }
    return Secret::FromString(kSecret);
  }
};

class StandingClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1700000000); }
};

Delivery MakeDelivery(const std::string& id, int32_t attempt = 0) {
  Delivery delivery;
  delivery.id = id;
  delivery.tenant = TenantId("ten_1");
  delivery.order = OrderId("ord_1");
  delivery.url = absl::StrCat("https://example.com/", id);
  delivery.body = absl::StrCat("{\"type\":\"order.", id, "\"}");
  delivery.attempt = attempt;
  delivery.secret = {"key", "sealed"};
  return delivery;
}

class DelivererTest : public ::testing::Test {
 protected:
  void Due(const std::string& id, int http_status, int32_t attempt = 0) {
    store_.due.push_back(MakeDelivery(id, attempt));
    sender_.answers[store_.due.back().url].http_status = http_status;
  }

  OneShotStore store_;
  ScriptedSender sender_;
  EndpointOpener opener_;
  StandingClock clock_;
  SystemRandom random_;
  Deliverer deliverer_{store_, sender_, opener_, clock_, random_, absl::Seconds(30)};
};

TEST_F(DelivererTest, SignsWithTheTenantsSecretAndTheTimeOfTheTry) {
  Due("paid", 200);
  store_.due[0].traceparent = "00-11-22-01";
  ASSERT_EQ(deliverer_.DeliverDue("w1", 10).value_or(-1), 1);
  const Secret key = *ParseWebhookSecret(kSecret);
  WebhookHeaders expected =
      SignWebhook("paid", clock_.Now(), "{\"type\":\"order.paid\"}", {&key, 1});
  expected.emplace_back("content-type", "application/json");
  expected.emplace_back("traceparent", "00-11-22-01");
  EXPECT_EQ(sender_.sent_headers["https://example.com/paid"], expected);
  EXPECT_EQ(sender_.sent_bodies["https://example.com/paid"], "{\"type\":\"order.paid\"}");
}

TEST_F(DelivererTest, StoresWhatFollowsFromEachAnswer) {
  Due("taken", 204);
  Due("redirected", 302);
  Due("gone", 410);
  Due("last", 500, 11);
  Due("third", 503, 2);
  ASSERT_EQ(deliverer_.DeliverDue("w1", 10).value_or(-1), 5);
  EXPECT_EQ(store_.outcomes["taken"].what, "delivered");
  EXPECT_EQ(store_.outcomes["redirected"].what, "retry");
  EXPECT_EQ(store_.outcomes["redirected"].attempt.http_status, 302);
  EXPECT_EQ(store_.outcomes["gone"].what, "gave up");
  EXPECT_EQ(store_.outcomes["last"].what, "gave up");
  EXPECT_EQ(store_.outcomes["third"].what, "retry");
  EXPECT_GE(store_.outcomes["third"].wait, DeliverySchedule()[3] * 4 / 5);
}

TEST_F(DelivererTest, NeverSendsUnsigned) {
  Due("strange", 200);
  store_.due[0].secret.bytes = "of another installation";
  ASSERT_EQ(deliverer_.DeliverDue("w1", 10).value_or(-1), 1);
  EXPECT_TRUE(sender_.sent_bodies.empty());
  EXPECT_EQ(store_.outcomes["strange"].what, "retry");
  EXPECT_EQ(store_.outcomes["strange"].attempt.error, "secret_unavailable");
}

TEST_F(DelivererTest, OneFailureDoesNotStopTheOthers) {
  Due("one", 200);
  Due("two", 200);
  Due("three", 200);
  store_.fails_for = "two";
  EXPECT_EQ(deliverer_.DeliverDue("w1", 10).value_or(-1), 2);
  EXPECT_EQ(store_.outcomes.size(), 2u);
}

TEST_F(DelivererTest, LeasesAsLongAsAllItsTriesInARowMayTake) {
  ASSERT_TRUE(deliverer_.DeliverDue("w1", 10).ok());
  EXPECT_EQ(store_.claimed_for, absl::Minutes(5));
  ASSERT_TRUE(deliverer_.Claim("w1", 10).ok());
  EXPECT_EQ(store_.claimed_for, absl::Seconds(30));
}

}  // namespace
}  // namespace starlift
