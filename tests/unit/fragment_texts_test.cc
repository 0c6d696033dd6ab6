#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/fragment/cookie_jar.h"
#include "adapters/fragment/error_texts.h"
#include "adapters/fragment/html_text.h"
#include "adapters/fragment/page.h"
#include "base/error.h"
#include "http_loopback_server.h"

namespace starlift::fragment {
namespace {

std::string MetadataText(const absl::Status& status, absl::string_view key) {
  for (const auto& [name, value] : MetadataOf(status)) {
    if (name == key) return value;
  }
  return "";
}

TEST(FragmentHtmlText, DecodesEntitiesAndTakesTagsOut) {
  EXPECT_EQ(VisibleText("You can&#39;t <b>gift</b>  Stars\n "), "You can't gift Stars");
  EXPECT_EQ(VisibleText("Al &amp; \xD0\x90 &lt;3"), "Al & \xD0\x90 <3");
  EXPECT_EQ(VisibleText("~&nbsp;&#036;0.75 &#x27;q&apos; \u2019"), "~ $0.75 'q' '");
  EXPECT_EQ(VisibleText("1 < 2 & 3 &unknown; &#0; &#xD800; &#1114112;"),
            "1 < 2 & 3 &unknown; &#0; &#xD800; &#1114112;");
  EXPECT_EQ(VisibleText("&amp;lt;b&amp;gt;"), "&lt;b&gt;");
  EXPECT_EQ(VisibleText("cut <b"), "cut");
  EXPECT_EQ(VisibleText(""), "");
}

TEST(FragmentErrorTexts, KnowsTheTable) {
  const ErrorTexts texts;
  const auto reason = [&](absl::string_view text) { return ReasonOf(texts.StatusOf(text)); };
  EXPECT_EQ(reason("No Telegram users found."), Reason::kRecipientNotFound);
  EXPECT_EQ(reason("  no telegram USERS found "), Reason::kRecipientNotFound);
  EXPECT_EQ(reason("Please enter a username assigned to a user."), Reason::kRecipientNotFound);
  EXPECT_EQ(reason("You can&#39;t gift Telegram Stars to this account at this moment."),
            Reason::kRecipientRefused);
  EXPECT_EQ(reason("The minimum price of a message is 100 Stars"), Reason::kRecipientRefused);
  EXPECT_EQ(reason("This account is already subscribed to Telegram Premium."),
            Reason::kAlreadySubscribed);
  EXPECT_EQ(reason("Amount is invalid"), Reason::kQuantityOutOfRange);
  EXPECT_EQ(reason("Price was changed. Please try again."), Reason::kPriceChanged);
  for (const char* dead : {"Session expired", "AUTH_SESSION_EXPIRED", "unauthorized"}) {
    EXPECT_EQ(reason(dead), Reason::kSessionDead) << dead;
  }
  EXPECT_EQ(texts.Classify("Bad request"), ErrorClass::kStaleHash);
  EXPECT_EQ(texts.Classify("Access denied"), ErrorClass::kAccessDenied);
}

TEST(FragmentErrorTexts, AnUnknownTextIsUnreadableAndKeptShort) {
  const ErrorTexts texts;
  const absl::Status unknown = texts.StatusOf("Sale &amp; <i>repeat</i> the payment");
  EXPECT_EQ(ReasonOf(unknown), Reason::kFragmentUnavailable);
  EXPECT_EQ(MetadataText(unknown, "kind"), "unreadable");
  EXPECT_EQ(MetadataText(unknown, "text"), "Sale & repeat the payment");
  std::string cyrillic;
  for (int i = 0; i < 300; ++i) cyrillic += "\xD0\x96";
  EXPECT_EQ(MetadataText(texts.StatusOf(cyrillic), "text").size(), 400u);
}

TEST(FragmentErrorTexts, AnOperatorsRowComesFirst) {
  const ErrorTexts texts({{"Nobody is home", {}, ErrorClass::kRecipientNotFound},
                          {"Amount is invalid", {}, ErrorClass::kPriceChanged}});
  EXPECT_EQ(texts.Classify("nobody is HOME."), ErrorClass::kRecipientNotFound);
  EXPECT_EQ(texts.Classify("Amount is invalid"), ErrorClass::kPriceChanged);
  EXPECT_EQ(texts.Classify("Bad request"), ErrorClass::kStaleHash);
}

TEST(FragmentPage, FindsTheHash) {
  for (const char* name : {"page_home", "page_stars_guest", "page_stars_logged_in",
                           "page_absolute_api_url", "page_premium_guest", "page_stars_ajax"}) {
    EXPECT_EQ(FindApiHash(http::ReadCanned("fragment", name).body), "0f1e2d3c4b5a697887") << name;
  }
  EXPECT_EQ(FindApiHash(http::ReadCanned("fragment", "page_without_hash").body), "");
  EXPECT_EQ(FindApiHash("/api?hash="), "");
  EXPECT_EQ(FindApiHash("xapi?hash=abc /api?hash=def0\""), "def0");
  EXPECT_EQ(FindApiHash("/api?hash=" + std::string(200, 'a')), "");
}

TEST(FragmentPage, ReadsTheRateAsText) {
  EXPECT_EQ(FindTonRate(http::ReadCanned("fragment", "page_stars_guest").body), "3.25");
  EXPECT_EQ(FindTonRate("\"tonRate\":3}"), "3");
  for (const char* bad : {"", "\"tonRate\":", "\"tonRate\":1e5,", "\"tonRate\":-1}",
                          "\"tonRate\":.5}", "\"tonRate\":5.}", "\"tonRate\":1.2.3}"}) {
    EXPECT_EQ(FindTonRate(bad), "") << bad;
  }
}

TEST(FragmentPage, ReadsEachPackagesTonPriceExactly) {
  const auto packages =
      FindPackages(http::ReadCanned("fragment", "page_stars_guest").body, "stars");
  std::vector<std::pair<int64_t, int64_t>> read;
  for (const Package& package : packages) read.emplace_back(package.size, package.ton.value());
  using Pair = std::pair<int64_t, int64_t>;
  EXPECT_THAT(read, testing::ElementsAre(Pair(50, 230'800'000), Pair(75, 346'200'000),
                                         Pair(100, 461'600'000), Pair(500, 2'307'700'000),
                                         Pair(1000, 4'615'400'000), Pair(10000, 46'153'900'000),
                                         Pair(500000, 2'307'692'400'000)));
  EXPECT_FALSE(
      FindPackages(http::ReadCanned("fragment", "page_premium_guest").body, "months").empty());
  EXPECT_TRUE(
      FindPackages(http::ReadCanned("fragment", "page_premium_guest").body, "stars").empty());
}

TEST(FragmentPage, LeavesOutWhatItCannotRead) {
  const auto read = [](const std::string& inside) {
    return FindPackages("<label><input name=\"stars\" value=\"50\"/>" + inside + "</label>",
                        "stars");
  };
  EXPECT_EQ(read("<b class=\"x icon-ton\">1</b>").size(), 1u);
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("<b class=\"icon-ton\">0</b>").empty());
  EXPECT_TRUE(read("<b class=\"icon-ton\">-1</b>").empty());
  EXPECT_TRUE(read("<b class=\"icon-ton\">~1</b>").empty());
  EXPECT_TRUE(read("<b class=\"icon-ton\"></b>1").empty());
  EXPECT_TRUE(read("<b class=\"icon-tonic\">1</b>").empty());
  EXPECT_TRUE(read("<b class=\"icon-ton\">1").size() <= 1);
  EXPECT_TRUE(read("<b class=\"icon-ton\">0.0000000001</b>").empty());
  // A price outside of every package belongs to nobody.
  EXPECT_TRUE(FindPackages("<label><input name=\"stars\" value=\"50\"/></label>"
                           "<b class=\"icon-ton\">9</b>",
                           "stars")
                  .empty());
}

CookieJar JarOf(absl::string_view header) { return CookieJar(Secret::FromString(header)); }

TEST(FragmentCookieJar, KeepsTheHeaderAsItIs) {
  const CookieJar jar = JarOf("stel_ssid=ab_12; stel_dt=-180; stel_ton_token=a==b");
  EXPECT_EQ(jar.Header(), "stel_ssid=ab_12; stel_dt=-180; stel_ton_token=a==b");
  EXPECT_FALSE(jar.changed());
  EXPECT_EQ(JarOf(" a=1 ;; nonsense; =x; b=2\r\nX: y ; c=3").Header(), "a=1; c=3");
  EXPECT_EQ(CookieJar().Header(), "");
}

TEST(FragmentCookieJar, MergesSetCookieAsABrowserDoes) {
  CookieJar jar = JarOf("stel_ssid=old; stel_dt=-180; stel_token=t");
  jar.Merge({"stel_ssid=old; path=/; secure; HttpOnly"});
  EXPECT_FALSE(jar.changed());
  jar.Merge({"stel_ssid=new; path=/; secure", "fresh=1; Max-Age=3600"});
  EXPECT_TRUE(jar.changed());
  EXPECT_EQ(jar.Header(), "stel_ssid=new; stel_dt=-180; stel_token=t; fresh=1");
  jar.Merge({"stel_token=deleted; expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; path=/"});
  jar.Merge({"fresh=x; expires=Thu, 01-Jan-1970 00:00:01 GMT"});
  EXPECT_EQ(jar.Header(), "stel_ssid=new; stel_dt=-180");
  EXPECT_EQ(jar.Clone().RevealString(), "stel_ssid=new; stel_dt=-180");
}

TEST(FragmentCookieJar, IsBounded) {
  CookieJar jar;
  for (int i = 0; i < 200; ++i) jar.Merge({absl::StrCat("c", i, "=1")});
  jar.Merge({absl::StrCat("big=", std::string(10'000, 'x'))});
  EXPECT_LT(jar.Header().size(), 64u * 8);
}

}  // namespace
}  // namespace starlift::fragment
