#include "domain/webhook/signing.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace starlift {
namespace {

// The example of the Standard Webhooks specification's own libraries.
constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kId[] = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr char kBody[] = R"({"test": 2432232314})";
constexpr char kSignature[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

Secret Key(absl::string_view text) { return *ParseWebhookSecret(text); }

TEST(WebhookSigning, MatchesTheExampleOfTheSpecification) {
  const Secret key = Key(kSecret);
  const WebhookHeaders headers =
      SignWebhook(kId, absl::FromUnixSeconds(1614265330), kBody, {&key, 1});
  const WebhookHeaders expected = {
      {"webhook-id", kId}, {"webhook-timestamp", "1614265330"}, {"webhook-signature", kSignature}};
  EXPECT_EQ(headers, expected);
}

TEST(WebhookSigning, SignsOnceForEachSecretSeparatedBySpaces) {
  SystemRandom random;
  Secret keys[2];
  keys[0] = Key(kSecret);
  keys[1] = Key(NewWebhookSecret(random).RevealString());
  const std::string both =
      SignWebhook(kId, absl::FromUnixSeconds(1614265330), kBody, keys)[2].second;
  const std::string second =
      SignWebhook(kId, absl::FromUnixSeconds(1614265330), kBody, {&keys[1], 1})[2].second;
  EXPECT_EQ(both, absl::StrCat(kSignature, " ", second));
  EXPECT_NE(second, kSignature);
}

TEST(WebhookSigning, TimestampIsWholeSecondsOfTheTry) {
  const Secret key = Key(kSecret);
  const absl::Time time = absl::FromUnixMillis(1614265330999);
  EXPECT_EQ(SignWebhook(kId, time, kBody, {&key, 1})[1].second, "1614265330");
}

TEST(WebhookSecret, NewOnesParseAndDiffer) {
  SystemRandom random;
  const Secret one = NewWebhookSecret(random);
  const Secret other = NewWebhookSecret(random);
  EXPECT_NE(one.RevealString(), other.RevealString());
  EXPECT_EQ(Key(one.RevealString()).size(), 32u);
}

TEST(WebhookSecret, RefusesEveryOtherShapeWithoutRepeatingIt) {
  const std::string bad[] = {
      "",
      "whsec_",
      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",       // a broken end
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=",      // 23 bytes
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La-_Sw",      // the URL alphabet
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",    // something behind it
      absl::StrCat("whsec_", std::string(88, 'A')),  // 66 bytes
      "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  };
  for (const std::string& text : bad) {
    const auto parsed = ParseWebhookSecret(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(ReasonOf(parsed.status()), Reason::kInvalidField);
    EXPECT_EQ(parsed.status().message().find("MfKQ"), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace starlift
