// A session's purchase history: what is read, and what is refused rather than read wrongly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "adapters/fragment/history_page.h"
#include "adapters/fragment/history_slot.h"
#include "adapters/fragment/marketplace.h"
#include "base/error.h"
#include "http_loopback_server.h"

namespace starlift::fragment {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr char kHead[] = "<thead><tr><th>Recipient</th><th>Quantity</th><th>Date</th></tr></thead>";
constexpr char kLoggedIn[] = R"(ajInit({"unauth":false});Wallet.init({"logged_in":true}))";
constexpr char kGuest[] = R"(ajInit({"unauth":true});Wallet.init({"logged_in":false}))";

std::string Cell(const std::string& content) {
  return absl::StrCat("<td><div class=\"table-cell\">", content, "</div></td>");
}
std::string Link(const std::string& name) {
  return Cell(
      absl::StrCat("<a href=\"https://t.me/", name, "\" class=\"tm-value\">@", name, "</a>"));
}
std::string Price(const std::string& ton) {
  return Cell("<div class=\"table-cell-value tm-value icon-before icon-ton\">" + ton + "</div>");
}
std::string Time(const std::string& at) {
  return Cell("<time datetime=\"" + at + "\">20 Nov 2026 at 07:00</time>");
}
std::string Row(const std::string& name = "alice", const std::string& stars = "100 Stars",
                const std::string& at = "2026-11-20T07:00:00+00:00") {
  return "<tr class=\"x\">" + Link(name) + Cell(stars) +
         Price("0<span class=\"mini-frac\">.4572</span>") + Time(at) + "</tr>\n";
}
std::string Table(const std::string& rows) {
  return absl::StrCat("<section>\n<table class=\"tm-table\">", kHead, "<tbody>\n", rows,
                      "</tbody></table></section>");
}
json Parts(const std::string& html, const std::string& script = kLoggedIn) {
  return {{"h", html}, {"s", {{"tonRate", 3.25}}}, {"j", script}};
}
absl::StatusOr<PurchaseHistory> Read(const std::string& rows) {
  return ReadHistory(Parts(Table(rows)), ProductType::kStars);
}
std::string KindOf(const absl::Status& status) {
  for (const auto& [name, value] : MetadataOf(status)) {
    if (name == "kind") return value;
  }
  return "";
}

TEST(FragmentHistoryTest, ReadsRecipientProductPriceAndTime) {
  const auto history = Read(Row("Alice_1", "1,000 Stars") + Row("bob", "50 Stars"));
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_THAT(history->rows, SizeIs(2));
  const HistoryRow& first = history->rows[0];
  EXPECT_EQ(first.recipient, "alice_1");
  EXPECT_EQ(first.product, (Product{ProductType::kStars, 1000, 0}));
  EXPECT_EQ(first.price, Units(457'200'000));
  EXPECT_EQ(first.at, absl::FromUnixSeconds(1'795'158'000));
  EXPECT_EQ(history->rows[1].recipient, "bob");
  EXPECT_TRUE(history->whole);
}

TEST(FragmentHistoryTest, ReadsNumbersAsTheSiteGroupsThem) {
  for (const char* stars :
       {"10,000 Stars", "10 000 Stars", "10&nbsp;000 Stars", "10'000 Stars", "10.000 Stars",
        "10\u202F000 Stars", " 10000\n Stars ", "10&#44;000 stars", "<span>10,000</span> Stars"}) {
    const auto history = Read(Row("a", stars));
    ASSERT_TRUE(history.ok()) << stars << history.status();
    EXPECT_EQ(history->rows.at(0).product.quantity, 10'000) << stars;
  }
}

TEST(FragmentHistoryTest, APriceOrTimeThatCannotBeReadIsNoReasonToRefuse) {
  const auto history =
      Read("<tr>" + Link("a") + Cell("50 Stars") + Price("a lot") + Time("yesterday") +
           "</tr><tr>" + Link("b") + Cell("75 Stars") + "</tr>");
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_THAT(history->rows, SizeIs(2));
  EXPECT_EQ(history->rows[0].price, Units(0));
  EXPECT_EQ(history->rows[0].at, absl::InfinitePast());
  EXPECT_EQ(history->rows[1].at, absl::InfinitePast());
}

TEST(FragmentHistoryTest, NothingBoughtIsNoRows) {
  for (const char* rows :
       {"", "<tr><td colspan=\"4\"><div>You have no purchases yet</div></td></tr>"}) {
    const auto history = Read(rows);
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_THAT(history->rows, testing::IsEmpty());
    EXPECT_TRUE(history->whole);
  }
}

// One row less than there is would be taken for a baseline that is too low.
TEST(FragmentHistoryTest, ARowThatIsNotUnderstoodMakesTheAnswerUnreadable) {
  const std::string unknown[] = {
      "<tr>" + Cell("no link") + Cell("50 Stars") + "</tr>",
      "<tr>" + Link("a") + Cell("Premium for 3 months") + "</tr>",
      "<tr>" + Link("a") + Cell("50 Stars") + Cell("75 Stars") + "</tr>",
      "<tr>" + Link("a") + Link("b") + Cell("50 Stars") + "</tr>",
      "<tr>" + Link("a") + Cell("0 Stars") + "</tr>",
      "<tr>" + Link("a") + Cell("-50 Stars") + "</tr>",
      "<tr>" + Link("a") + Cell("99999999999999999999 Stars") + "</tr>",
      "<tr>" + Link("a/b") + Cell("50 Stars") + "</tr>",
      "<tr></tr>",
      "<tr>" + Link("a") + "<td>50 Stars</tr>",
      "<tr><tr>" + Link("a") + Cell("50 Stars") + "</tr>",
      "<tr>" + Link("a") + Cell("50 Stars"),
      "<tr><td colspan=\"4\">none</td></tr>",
  };
  for (const std::string& row : unknown) {
    const auto history = Read(Row() + row + Row());
    EXPECT_EQ(ReasonOf(history.status()), Reason::kFragmentUnavailable) << row;
    EXPECT_EQ(KindOf(history.status()), "unreadable") << row;
  }
}

TEST(FragmentHistoryTest, AnAnswerWithoutItsTableIsUnreadable) {
  const json answers[] = {
      json::object(),
      {{"h", 5}},
      Parts("<section></section>"),
      Parts("<table><tr>" + Link("a") + Cell("50 Stars") + "</tr>"),
      Parts(Table(Row()) + Table(Row())),
  };
  for (const json& answer : answers) {
    const auto history = ReadHistory(answer, ProductType::kStars);
    EXPECT_EQ(KindOf(history.status()), "unreadable") << answer;
  }
}

TEST(FragmentHistoryTest, AGuestHasNoHistoryAndThatIsADeadSession) {
  for (const std::string& html : {Table(""), std::string("<section></section>")}) {
    const auto history = ReadHistory(Parts(html, kGuest), ProductType::kStars);
    EXPECT_EQ(ReasonOf(history.status()), Reason::kSessionDead);
  }
}

TEST(FragmentHistoryTest, ALongHistoryIsNotWhole) {
  std::string rows;
  for (int i = 0; i < 499; ++i) rows += Row();
  EXPECT_TRUE(Read(rows)->whole);
  EXPECT_FALSE(Read(rows + Row())->whole);
  const auto longer = Read(rows + Row() + Row("late"));
  EXPECT_FALSE(longer->whole);
  EXPECT_THAT(longer->rows, SizeIs(500));
}

// Over the wire.
class FragmentHistoryCallTest : public testing::Test {
 protected:
  FragmentHistoryCallTest()
      : server_([this](const httplib::Request&, httplib::Response& response) {
          response.status = status_;
          response.set_content(body_, type_.c_str());
        }) {
    client_ = std::move(http::Client::Make({server_.Origin()})).value();
    SiteOptions options;
    options.origin = server_.Origin();
    options.timeout = absl::Seconds(5);
    market_ = std::make_unique<FragmentMarketplace>(client_.get(), options);
  }
  absl::StatusOr<PurchaseHistory> History(ProductType type = ProductType::kStars) {
    return market_->Open(SessionId("s"), Secret::FromString("stel_ssid=1; stel_token=t"))
        ->History(type);
  }

  int status_ = 200;
  std::string type_ = "application/json; charset=utf-8";
  std::string body_ = Parts(Table(Row())).dump();
  http::LoopbackServer server_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<FragmentMarketplace> market_;
};

TEST_F(FragmentHistoryCallTest, AsksAsTheSitesOwnScriptDoes) {
  const auto history = History();
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_THAT(history->rows, SizeIs(1));
  ASSERT_THAT(server_.Requests(), SizeIs(1));
  const httplib::Request request = server_.Requests().front();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/stars/history?sort=");
  EXPECT_EQ(request.get_header_value("X-Requested-With"), "XMLHttpRequest");
  EXPECT_EQ(request.get_header_value("Cookie"), "stel_ssid=1; stel_token=t");
}

TEST_F(FragmentHistoryCallTest, KeepsTheFourOutcomesApart) {
  const struct {
    int status;
    std::string body;
    Reason reason;
    std::string kind;
  } rows[] = {
      {403, "<html>Just a moment...</html>", Reason::kFragmentUnavailable, "outage"},
      {429, "{}", Reason::kFragmentUnavailable, "outage"},
      {502, "", Reason::kFragmentUnavailable, "outage"},
      {200, "<html>Maintenance</html>", Reason::kFragmentUnavailable, "unreadable"},
      {302, "", Reason::kFragmentUnavailable, "unreadable"},
      {200, R"({"error":"Session expired"})", Reason::kSessionDead, ""},
      {200, Parts(Table(""), kGuest).dump(), Reason::kSessionDead, ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.body);
    status_ = row.status;
    body_ = row.body;
    const absl::Status status = History().status();
    EXPECT_EQ(ReasonName(ReasonOf(status)), ReasonName(row.reason));
    EXPECT_EQ(KindOf(status), row.kind);
  }
}

// Who asks while a reading is under way waits for one that begins after he asked, with all others
// who wait.
TEST(FragmentHistorySlotTest, ManyShareAReadingThatIsNotOlderThanTheirQuestion) {
  HistorySlot slot;
  std::atomic<int> readings{0}, asking{0};
  absl::Notification go_on;
  const auto read = [&]() -> absl::StatusOr<PurchaseHistory> {
    PurchaseHistory history;
    history.rows.resize(static_cast<size_t>(++readings));
    if (readings == 1) go_on.WaitForNotification();
    return history;
  };
  std::thread first([&] { EXPECT_THAT(slot.Get(read)->rows, SizeIs(1)); });
  while (readings == 0) std::this_thread::yield();
  std::vector<std::thread> others;
  for (int i = 0; i < 6; ++i) {
    others.emplace_back([&] {
      ++asking;
      EXPECT_THAT(slot.Get(read)->rows.size(), testing::Ge(2u));
    });
  }
  while (asking < 6) std::this_thread::yield();
  absl::SleepFor(absl::Milliseconds(50));
  go_on.Notify();
  first.join();
  for (std::thread& other : others) other.join();
  EXPECT_EQ(readings, 2);
  EXPECT_THAT(slot.Get(read)->rows, SizeIs(3)) << "nothing is kept for later";
}

TEST_F(FragmentHistoryCallTest, OnlyStarsHaveAHistoryHere) {
  EXPECT_EQ(ReasonOf(History(ProductType::kPremium).status()), Reason::kProductNotAvailable);
  EXPECT_THAT(server_.Requests(), SizeIs(0));
}

TEST_F(FragmentHistoryCallTest, AForeignPayersWalletIsShownByItsAddressAlone) {
  // The same body serves as the page that holds the hash and as the answer to the call.
  body_ = R"({"ok":true,"apiUrl":"\/api?hash=0f1e2d"})";
  MarketAccount account;
  account.address = "0:1a2b";
  const auto session = market_->Open(SessionId("s"), Secret::FromString("stel_token=t"));
  ASSERT_TRUE(session->Confirm("confirmReq", {}, account, "boc").ok());
  const std::string sent = server_.Requests().back().get_param_value("account");
  EXPECT_EQ(json::parse(sent), json({{"address", "0:1a2b"}, {"chain", "-239"}}));
  account.public_key_hex = "ab";
  account.state_init_base64 = "te6c";
  ASSERT_TRUE(session->Confirm("confirmReq", {}, account, "boc").ok());
  EXPECT_THAT(server_.Requests().back().get_param_value("account"), HasSubstr("walletStateInit"));
  EXPECT_THAT(sent, Not(HasSubstr("publicKey")));
}

}  // namespace
}  // namespace starlift::fragment
