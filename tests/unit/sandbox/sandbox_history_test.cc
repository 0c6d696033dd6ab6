// The purchase history of a session.
#include <set>

#include "absl/time/time.h"
#include "sandbox/pricing.h"
#include "sandbox_fixture.h"

namespace starlift::sandbox {
namespace {

constexpr const char* kPath = "/stars/history?sort=";

class SandboxHistoryTest : public SandboxTest {
 protected:
  std::string Page(const std::string& cookies) {
    const auto page = GetPage(kPath, {{"Cookie", cookies}});
    EXPECT_EQ(page->status, 200);
    return page->body;
  }
  static size_t Rows(const std::string& page) {
    size_t rows = 0;
    for (size_t at = page.find("tm-row-selectable"); at != std::string::npos;
         at = page.find("tm-row-selectable", at + 1)) {
      ++rows;
    }
    return rows;
  }
  void Pay(const TestWallet& wallet, uint32_t seqno, const std::vector<ton::OutMessage>& asked) {
    const auto transfer = Sign(wallet, seqno, asked);
    EXPECT_EQ(SendBoc(ton::WriteBocBase64(transfer.external)).status, 200);
    ASSERT_TRUE(Included(transfer));
  }
};

TEST_F(SandboxHistoryTest, ShowsWhatWasDeliveredNewestFirst) {
  const TestWallet wallet = Mint("900000000000");
  const TestSession session = Login(wallet.address);
  const TestSession other = Login(wallet.address);
  EXPECT_EQ(Rows(Page(session.cookies)), 0u);
  Pay(wallet, 0, {AsAsked(Invoice(session, "Alice_E", 1000))});
  ASSERT_TRUE(Eventually([&] { return Rows(Page(session.cookies)) == 1; }));
  Pay(wallet, 1, {AsAsked(Invoice(session, "https://t.me/bob_b", 50))});
  ASSERT_TRUE(Eventually([&] { return Rows(Page(session.cookies)) == 2; }));
  const std::string page = Page(session.cookies);
  const size_t alice = page.find(
      R"(<tr class="tm-row-selectable"><td><div class="table-cell">)"
      R"(<a href="https://t.me/Alice_E" class="table-cell-value">@Alice_E</a></div></td>)"
      R"(<td><div class="table-cell"><div class="table-cell-value tm-value">1,000 Stars</div></div></td>)"
      R"(<td><div class="table-cell"><div class="table-cell-value tm-value icon-before icon-ton">4.6154</div></div></td>)"
      R"(<td><div class="table-cell"><time datetime=")");
  ASSERT_NE(alice, std::string::npos) << page;
  const size_t bob = page.find("@bob_b</a>");
  ASSERT_NE(bob, std::string::npos);
  EXPECT_LT(bob, alice);
  EXPECT_NE(page.find(">50 Stars<"), std::string::npos);
  EXPECT_EQ(page.find("Ref#"), std::string::npos);
  EXPECT_EQ(page.find(Look("deliveries")[0].at("req_id").get<std::string>()), std::string::npos);
  EXPECT_EQ(Rows(Page(other.cookies)), 0u);
}

TEST_F(SandboxHistoryTest, TimesAreThoseOfTheDeliveries) {
  const TestWallet wallet = Mint("900000000000");
  const TestSession session = Login(wallet.address);
  Pay(wallet, 0, {AsAsked(Invoice(session, "alice", 50))});
  ASSERT_TRUE(Eventually([&] { return Rows(Page(session.cookies)) == 1; }));
  const std::string page = Page(session.cookies);
  const size_t at = page.find("<time datetime=\"") + 16;
  const std::string text = page.substr(at, page.find('"', at) - at);
  absl::Time shown;
  std::string mistake;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &shown, &mistake)) << text << mistake;
  EXPECT_EQ(absl::ToUnixSeconds(shown),
            Look("deliveries")[0].at("delivered_at_ms").get<int64_t>() / 1000);
}

TEST_F(SandboxHistoryTest, EqualDeliveriesAreRowsOfTheirOwn) {
  const TestWallet wallet = Mint("900000000000");
  const TestSession session = Login(wallet.address);
  std::vector<ton::OutMessage> asked;
  for (int i = 0; i < 3; ++i) asked.push_back(AsAsked(Invoice(session, "alice", 50)));
  asked.push_back(AsAsked(Invoice(session, "test_never_delivered", 50)));
  asked.push_back(asked.front());  // paid twice, delivered once
  Pay(wallet, 0, asked);
  ASSERT_TRUE(Eventually([&] { return Rows(Page(session.cookies)) == 3; }));
  EXPECT_EQ(Page(session.cookies).find("never"), std::string::npos);
}

TEST_F(SandboxHistoryTest, GuestsAndDeadSessionsSeeNoRows) {
  const TestWallet wallet = Mint("900000000000");
  const TestSession session = Login(wallet.address);
  Pay(wallet, 0, {AsAsked(Invoice(session, "alice", 50))});
  ASSERT_TRUE(Eventually([&] { return Rows(Page(session.cookies)) == 1; }));
  EXPECT_EQ(Rows(Page("")), 0u);
  const std::string without_wallet =
      session.cookies.substr(0, session.cookies.find("; stel_ton_token"));
  EXPECT_EQ(Rows(Page(without_wallet)), 0u);
  EXPECT_NE(Page(without_wallet).find("<table"), std::string::npos);
  Control("sessions/kill", {{"cookies", session.cookies}});
  EXPECT_EQ(Rows(Page(session.cookies)), 0u);
}

TEST_F(SandboxHistoryTest, ScriptsGetItAsJson) {
  const TestWallet wallet = Mint("900000000000");
  const TestSession session = Login(wallet.address);
  Pay(wallet, 0, {AsAsked(Invoice(session, "alice", 50))});
  ASSERT_TRUE(Eventually([&] { return Rows(Page(session.cookies)) == 1; }));
  const json page = json::parse(
      GetPage(kPath, {{"Cookie", session.cookies}, {"X-Requested-With", "XMLHttpRequest"}})->body);
  EXPECT_EQ(Rows(page.at("h")), 1u);
  EXPECT_TRUE(page.at("s").contains("tonRate"));
  EXPECT_TRUE(page.at("j").is_string());
}

TEST_F(SandboxHistoryTest, RowsMayComeLate) {
  const TestWallet wallet = Mint("900000000000");
  const TestSession session = Login(wallet.address);
  Fault({{"name", "history_lag_ms"}, {"ms", 60000}});
  Pay(wallet, 0, {AsAsked(Invoice(session, "alice", 50))});
  ASSERT_TRUE(Eventually([&] { return State(session).at("mode") == "done"; }));
  EXPECT_EQ(Rows(Page(session.cookies)), 0u);
  Fault({{"name", "history_lag_ms"}, {"ms", 0}});
  EXPECT_EQ(Rows(Page(session.cookies)), 1u);
}

TEST_F(SandboxHistoryTest, FiveHundredRowsAtMost) {
  const TestWallet wallet = Mint("900000000000");
  const TestSession session = Login(wallet.address);
  uint32_t seqno = 0;
  for (int batch = 0; batch < 3; ++batch) {
    std::vector<ton::OutMessage> asked;
    for (int i = 0; i < 200; ++i) {
      const int number = 200 * batch + i;
      asked.push_back(AsAsked(Invoice(session, "user_" + std::to_string(number), 50)));
    }
    Pay(wallet, seqno++, asked);
  }
  ASSERT_TRUE(Eventually([&] { return Look("deliveries").size() == 600; }));
  const std::string page = Page(session.cookies);
  EXPECT_EQ(Rows(page), 500u);
  EXPECT_NE(page.find("@user_599<"), std::string::npos);
  EXPECT_NE(page.find("@user_100<"), std::string::npos);
  EXPECT_EQ(page.find("@user_99<"), std::string::npos);
}

TEST(SandboxPricing, ExactTonText) {
  EXPECT_EQ(ExactTonText(12'340'000'000), "12.34");
  EXPECT_EQ(ExactTonText(1), "0.000000001");
  EXPECT_EQ(ExactTonText(1'500'000'000'000), "1,500");
  EXPECT_EQ(ExactTonText(0), "0");
}

}  // namespace
}  // namespace starlift::sandbox
