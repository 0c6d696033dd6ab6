#include <gtest/gtest.h>

#include "base/error.h"
#include "domain/order/intake_cookies.h"

namespace starlift {
namespace {

absl::StatusOr<SessionCookies> Parse(absl::string_view text) {
  return ParseSessionCookies(Secret::FromString(text));
}

TEST(IntakeCookiesTest, BringsAHeaderIntoItsNormalForm) {
  const auto cookies = Parse(" stel_ssid=a;stel_token=t=t ;; stel_ton_token=c;other= ");
  ASSERT_TRUE(cookies.ok()) << cookies.status();
  EXPECT_EQ(cookies->jar.RevealString(), "stel_ssid=a; stel_token=t=t; stel_ton_token=c; other=");
  EXPECT_EQ(cookies->token.RevealString(), "t=t");
}

TEST(IntakeCookiesTest, NamesWhatIsMissing) {
  const absl::Status status = Parse("stel_ssid=a; stel_token=; x=y").status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidCookies);
  EXPECT_EQ(FieldOf(status), "payment.fragment_cookies");
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"missing", "stel_token,stel_ton_token"}}));
}

TEST(IntakeCookiesTest, RefusesWhatIsNoHeader) {
  for (const char* text : {"", ";", "a", "=b", "stel_ssid=a\r\nX: y", "stel_ssid=\x01"}) {
    EXPECT_EQ(ReasonOf(Parse(text).status()), Reason::kInvalidCookies) << text;
  }
  EXPECT_EQ(ReasonOf(Parse(std::string(16 * 1024 + 1, 'a')).status()), Reason::kInvalidCookies);
}

TEST(IntakeCookiesTest, ErrorsHoldNoValue) {
  const absl::Status status = Parse("stel_token=SECRET; stel_ssid").status();
  EXPECT_EQ(std::string(status.ToString()).find("SECRET"), std::string::npos);
}

}  // namespace
}  // namespace starlift
