// The fake fragment.com, bought from over HTTP.
#include "sandbox/pricing.h"
#include "sandbox_fixture.h"

namespace starlift::sandbox {
namespace {

TEST_F(SandboxTest, AnOrderIsPaidDeliveredAndResets) {
  const TestWallet wallet = Mint("50000000000");
  const TestSession session = Login(wallet.address);
  EXPECT_EQ(State(session).at("mode"), "new");
  const json link = Invoice(session, "https://t.me/Alice_Example", 500);
  EXPECT_EQ(link.at("transaction").at("from"), wallet.address);
  const ton::OutMessage asked = AsAsked(link);
  EXPECT_EQ(asked.amount_nano, StarsPrice(500, Rates()));
  const std::string text = *ton::ReadComment(asked.body);
  EXPECT_EQ(text.substr(0, 25), "500 Telegram Stars \n\nRef#");
  EXPECT_EQ(text.size(), 34u);

  const ton::SignedTransfer transfer = Sign(wallet, 0, {asked});
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(transfer.external)).status, 200);
  ASSERT_TRUE(Included(transfer));
  EXPECT_TRUE(Eventually([&] { return State(session).at("mode") == "done"; }));
  EXPECT_EQ(State(session).at("need_update"), false);
  const json payments = Look("payments");
  ASSERT_EQ(payments.size(), 1u);
  EXPECT_EQ(payments[0].at("req_id"), link.at("confirm_params").at("id"));
  EXPECT_EQ(payments[0].at("credited"), true);
  EXPECT_EQ(payments[0].at("comment"), text);
  const json deliveries = Look("deliveries");
  ASSERT_EQ(deliveries.size(), 1u);
  EXPECT_EQ(deliveries[0].at("username"), "alice_example");
  EXPECT_EQ(deliveries[0].at("quantity"), 500);
  Call(session, {{"method", "repeatStars"}});
  EXPECT_EQ(State(session).at("mode"), "new");
}

TEST_F(SandboxTest, PayingTwiceIsSeenAndPayingWronglyIsNotCredited) {
  const TestWallet wallet = Mint("50000000000");
  const TestSession session = Login(wallet.address);
  const ton::OutMessage asked = AsAsked(Invoice(session, "alice", 50));
  ton::OutMessage less = asked;
  less.amount_nano -= 1;
  ton::OutMessage other_text = asked;
  other_text.body = *ton::WriteComment(*ton::ReadComment(asked.body) + " ");
  ton::OutMessage other_payee = asked;
  other_payee.destination = *ton::ParseAddress("EQCFJEP4WZ_mpdo0_kMEmsTgvrMHG7K_tWY16pQhKHwoOoy2");
  const ton::SignedTransfer transfer =
      Sign(wallet, 0, {less, other_text, other_payee, asked, asked});
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Included(transfer));
  const json payments = Look("payments");
  ASSERT_EQ(payments.size(), 5u);
  EXPECT_EQ(payments[0].at("refused_because"), "amount");
  EXPECT_EQ(payments[1].at("req_id"), nullptr);
  EXPECT_EQ(payments[2].at("refused_because"), "payee");
  EXPECT_EQ(payments[3].at("credited"), true);
  EXPECT_EQ(payments[4].at("refused_because"), "paid_before");
  EXPECT_EQ(payments[4].at("req_id"), payments[3].at("req_id"));
}

TEST_F(SandboxTest, AnotherWalletIsNotCredited) {
  const TestWallet wallet = Mint("50000000000");
  const TestWallet stranger = Mint("50000000000");
  const TestSession session = Login(wallet.address);
  const ton::SignedTransfer transfer = Sign(stranger, 0, {AsAsked(Invoice(session, "alice", 50))});
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Included(transfer));
  EXPECT_EQ(Look("payments")[0].at("refused_because"), "wallet");
  EXPECT_EQ(State(session).at("mode"), "new");
}

TEST_F(SandboxTest, PagesRequestsAndInvoicesAgreeOnThePrice) {
  const TestWallet wallet = Mint("1000000000");
  const TestSession session = Login(wallet.address);
  const std::string page = GetPage("/stars/buy", {{"Cookie", session.cookies}})->body;
  EXPECT_NE(page.find("value=\"1000000\""), std::string::npos);
  EXPECT_NE(page.find("4,615<span class=\"mini-frac\">.3847</span>"), std::string::npos);
  EXPECT_NE(page.find("\"apiUrl\":\"\\/api?hash=" + session.hash), std::string::npos);
  EXPECT_NE(page.find("\"state\":{\"tonRate\":3.25}"), std::string::npos);
  const json init = Init(session, "alice", 1000000);
  EXPECT_EQ(init.at("amount"), "4,615.3847");
  EXPECT_EQ(AsAsked(Link(session, init.at("req_id"))).amount_nano, 4615384700000u);
  Fault({{"name", "price_usd"}, {"ton_rate", 3.0}});
  EXPECT_EQ(Init(session, "alice", 1000000).at("amount"), "5,000.0000");
}

TEST_F(SandboxTest, PayloadsHaveTheSitesLayout) {
  const TestWallet wallet = Mint("1000000000");
  const TestSession session = Login(wallet.address);
  bool grouped = false;
  bool plain = false;
  for (int i = 0; i < 40 && !(grouped && plain); ++i) {
    const json link = Invoice(session, "alice", 10000);
    const std::string payload = link.at("transaction").at("messages")[0].at("payload");
    EXPECT_EQ(payload.substr(0, 8), "te6ccgEB");  // no CRC, one-byte sizes
    EXPECT_EQ(payload.find('='), std::string::npos);
    const ton::CellRef body = AsAsked(link).body;
    EXPECT_EQ(body->bits(), 39 * 8);
    EXPECT_EQ(body->refs().size(), 1u);
    const std::string text = *ton::ReadComment(body);
    grouped = grouped || text.substr(0, 7) == "10,000 ";
    plain = plain || text.substr(0, 6) == "10000 ";
  }
  EXPECT_TRUE(grouped && plain);
  EXPECT_EQ(AsAsked(Invoice(session, "test_two_cells", 50)).body->refs().size(), 1u);
}

TEST_F(SandboxTest, SessionsAndHashesAreChecked) {
  const TestWallet wallet = Mint("1000000000");
  TestSession session = Login(wallet.address);
  const TestSession other = Login(wallet.address);
  TestSession crossed = session;
  crossed.hash = other.hash;
  EXPECT_EQ(State(crossed).at("error"), "Bad request");
  EXPECT_EQ(Call(session, {{"method", "nothing"}}).at("error"), "Invalid method");
  const json found = Search(session, "@alice");
  const httplib::Params init = {{"method", "initBuyStarsRequest"},
                                {"recipient", found.at("found").at("recipient")},
                                {"quantity", "50"}};
  EXPECT_EQ(Call(session, init).at("error"), "Access denied");  // no payment_method
  Fault({{"name", "rotate_hash"}});
  EXPECT_EQ(State(session).at("error"), "Bad request");
  session.hash = HashIn(GetPage("/", {{"Cookie", session.cookies}})->body);
  EXPECT_EQ(State(session).at("mode"), "new");
  Control("sessions/kill", {{"cookies", session.cookies}, {"text", "Session expired"}});
  EXPECT_EQ(Search(session, "alice").at("ok"), true);
  EXPECT_EQ(State(session).at("error"), "Session expired");
  EXPECT_EQ(Call(session, init).at("error"), "Session expired");
}

TEST_F(SandboxTest, GuestsSearchButDoNotBuy) {
  const auto page = GetPage("/stars/buy", {});
  const std::string cookie = page->get_header_value("Set-Cookie", 0);
  const TestSession guest = {cookie.substr(0, cookie.find(';')), HashIn(page->body)};
  const json found = Search(guest, "alice");
  EXPECT_EQ(found.at("ok"), true);
  EXPECT_EQ(State(guest).at("error"), "Access denied");
  EXPECT_EQ(Init(guest, "alice", 50).at("error"), "Access denied");
}

TEST_F(SandboxTest, CookiesMayBeRenewed) {
  const TestWallet wallet = Mint("1000000000");
  TestSession session = Login(wallet.address);
  Fault({{"name", "rotate_cookies"}});
  const auto answer = CallRaw(session, {{"method", "updateStarsBuyState"}, {"mode", "new"}});
  const std::string set = answer->get_header_value("Set-Cookie");
  ASSERT_EQ(set.substr(0, 10), "stel_ssid=");
  EXPECT_EQ(State(session).at("error"), "Bad request");
  session.cookies =
      set.substr(0, set.find(';')) + session.cookies.substr(session.cookies.find(';'));
  EXPECT_EQ(State(session).at("mode"), "new");
}

TEST_F(SandboxTest, NamesThatAreRefused) {
  const TestWallet wallet = Mint("1000000000");
  const TestSession session = Login(wallet.address);
  EXPECT_EQ(Search(session, "@Test_Not_Found").at("error"), "No Telegram users found.");
  EXPECT_EQ(Search(session, "test_not_a_user").at("error"),
            "Please enter a username assigned to a user.");
  EXPECT_EQ(Search(session, "no such name!").at("error"),
            "Please enter a username assigned to a user.");
  EXPECT_EQ(Init(session, "test_refused", 50).at("error"),
            "You can&#39;t gift Telegram Stars to this account at this moment.");
  EXPECT_EQ(Init(session, "alice", 49).at("error"), "Amount is invalid");
  EXPECT_EQ(Search(session, "test_something_else").at("ok"), true);
  EXPECT_EQ(Init(session, "test_dead_session", 50).at("error"), "Access denied");
  EXPECT_EQ(State(session).at("error"), "Access denied");
}

TEST_F(SandboxTest, InvoicesThatMustNotBePaid) {
  const TestWallet wallet = Mint("1000000000");
  const TestSession session = Login(wallet.address);
  const std::string native = "0:408da3b28b6c065a593e10391269baaa9c5f8caebc0c69d9f0aabbab2a99256b";
  const auto message = [](const json& link) { return link.at("transaction").at("messages")[0]; };
  EXPECT_EQ(ton::RawForm(AsAsked(Invoice(session, "alice", 50)).destination), native);
  EXPECT_NE(ton::RawForm(AsAsked(Invoice(session, "test_foreign_payee", 50)).destination), native);
  EXPECT_NE(Invoice(session, "test_wrong_from", 50).at("transaction").at("from"), wallet.address);
  EXPECT_EQ(
      ton::ReadComment(AsAsked(Invoice(session, "test_wrong_quantity", 50)).body)->substr(0, 3),
      "51 ");
  EXPECT_EQ(ton::ReadComment(AsAsked(Invoice(session, "test_wrong_text", 50)).body)->find("Ref#"),
            std::string::npos);
  EXPECT_FALSE(
      ton::ReadBocBase64(
          message(Invoice(session, "test_truncated_payload", 50)).at("payload").get<std::string>())
          .ok());
  EXPECT_TRUE(message(Invoice(session, "test_state_init", 50)).contains("stateInit"));
  EXPECT_EQ(Invoice(session, "test_two_messages", 50).at("transaction").at("messages").size(), 2u);
  EXPECT_EQ(AsAsked(Invoice(session, "test_price_up", 50)).amount_nano,
            10 * StarsPrice(50, Rates()));
  const int64_t until =
      Invoice(session, "test_short_invoice", 50).at("transaction").at("validUntil");
  EXPECT_LE(until, Head() + 21);
  EXPECT_EQ(Invoice(session, "test_kyc", 50).at("need_verify"), true);
  EXPECT_EQ(Invoice(session, "test_price_changed", 50).at("error"),
            "Price was changed. Please try again.");
  EXPECT_EQ(Invoice(session, "test_price_changed", 50).at("ok"), true);
  EXPECT_TRUE(Invoice(session, "test_price_always_changes", 50).contains("error"));
  EXPECT_TRUE(Invoice(session, "test_price_always_changes", 50).contains("error"));
}

TEST_F(SandboxTest, SearchesThatFailTwiceThenWork) {
  const TestWallet wallet = Mint("1000000000");
  const TestSession session = Login(wallet.address);
  const std::pair<std::string, int> kinds[] = {{"test_http_403", 403},
                                               {"test_http_429", 429},
                                               {"test_http_500", 500},
                                               {"test_not_json", 200}};
  for (const auto& [name, status] : kinds) {
    const httplib::Params search = {{"method", "searchStarsRecipient"}, {"query", name}};
    for (int i = 0; i < 2; ++i) {
      const auto answer = CallRaw(session, search);
      EXPECT_EQ(answer->status, status) << name;
      EXPECT_NE(answer->body.find("<html"), std::string::npos) << name;
    }
    EXPECT_EQ(Search(session, name).at("ok"), true) << name;
  }
}

TEST_F(SandboxTest, ConfirmationsMayBeLong) {
  const TestWallet wallet = Mint("1000000000");
  const TestSession session = Login(wallet.address);
  const std::string id = Init(session, "alice", 50).at("req_id");
  EXPECT_EQ(Call(session, {{"method", "confirmReq"}, {"id", id}, {"boc", std::string(60000, 'A')}}),
            (json{{"ok", true}}));
  EXPECT_EQ(Call(session, {{"method", "confirmReq"}, {"id", "x"}}).at("error"), "Order not found");
}

TEST_F(SandboxTest, OrderedHttpFailuresHitTheirMethodOnly) {
  const TestWallet wallet = Mint("1000000000");
  const TestSession session = Login(wallet.address);
  Fault({{"name", "fragment_http"}, {"method", "getBuyStarsLink"}, {"status", 429}, {"count", 1}});
  Fault({{"name", "fragment_http"}, {"method", "page"}, {"status", "403"}, {"count", 1}});
  EXPECT_EQ(State(session).at("mode"), "new");
  EXPECT_EQ(CallRaw(session, {{"method", "getBuyStarsLink"}})->status, 429);
  EXPECT_EQ(GetPage("/", {})->status, 403);
  EXPECT_EQ(GetPage("/", {})->status, 200);
  Fault({{"name", "fragment_http"}, {"method", "*"}, {"status", "close"}, {"count", 1}});
  EXPECT_FALSE(CallRaw(session, {{"method", "updateStarsBuyState"}}));
  EXPECT_EQ(State(session).at("mode"), "new");
}

TEST_F(SandboxTest, DeliveryMayBeSlowOrNeverCome) {
  const TestWallet wallet = Mint("50000000000");
  const TestSession slow = Login(wallet.address);
  const TestSession never = Login(wallet.address);
  Fault({{"name", "slow_delivery_ms"}, {"ms", 60000}});
  const ton::SignedTransfer transfer = Sign(wallet, 0,
                                            {AsAsked(Invoice(slow, "test_slow_delivery", 50)),
                                             AsAsked(Invoice(never, "test_never_delivered", 50))});
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Included(transfer));
  EXPECT_EQ(State(slow).at("mode"), "processing");
  EXPECT_EQ(State(slow).at("need_update"), true);
  EXPECT_EQ(State(never).at("mode"), "processing");
  Fault({{"name", "slow_delivery_ms"}, {"ms", 1}});
  EXPECT_TRUE(Eventually([&] { return State(slow).at("mode") == "done"; }));
  EXPECT_EQ(State(never).at("mode"), "processing");
}

}  // namespace
}  // namespace starlift::sandbox
