#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/fragment/marketplace.h"
#include "adapters/fragment/public_market.h"
#include "base/error.h"
#include "http_loopback_server.h"
#include "ton/base64.h"

namespace starlift::fragment {
namespace {

using http::Canned;
using http::ReadCanned;

constexpr char kCookies[] = "stel_ssid=ab_12; stel_dt=-180; stel_token=t; stel_ton_token=tt";
constexpr Product kStars500{.type = ProductType::kStars, .quantity = 500};

// The site, from canned bodies. `answers` maps a method (or "page") to the names of its answers, in
// order; the last one stays.
class FragmentClientTest : public testing::Test {
 protected:
  FragmentClientTest()
      : server_([this](const httplib::Request& request, httplib::Response& response) {
          const std::lock_guard<std::mutex> lock(mutex_);
          Serve(request, response);
        }) {
    client_ = std::move(http::Client::Make({server_.Origin()})).value();
    SiteOptions options;
    options.origin = server_.Origin();
    options.timeout = absl::Seconds(5);
    market_ = std::make_unique<FragmentMarketplace>(client_.get(), options);
    public_market_ = std::make_unique<FragmentPublicMarket>(client_.get(), options);
    answers_["page"] = {"page_stars_logged_in"};
    answers_["updateStarsBuyState"] = {"state_new"};
  }

  std::unique_ptr<MarketSession> Open(absl::string_view session = "s1",
                                      absl::string_view cookies = kCookies) {
    return market_->Open(SessionId(std::string(session)), Secret::FromString(cookies));
  }
  void Set(const std::string& method, std::vector<std::string> names) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answers_[method] = std::move(names);
  }
  std::vector<std::string> Methods() {
    std::vector<std::string> methods;
    for (const auto& request : server_.Requests()) methods.push_back(MethodOf(request));
    return methods;
  }
  httplib::Request LastOf(const std::string& method) {
    httplib::Request last;
    for (const auto& request : server_.Requests()) {
      if (MethodOf(request) == method) last = request;
    }
    return last;
  }
  // The form fields of the last call of a method, without `method` and the hash.
  std::map<std::string, std::string> FieldsOf(const std::string& method) {
    std::map<std::string, std::string> fields;
    for (const auto& [name, value] : LastOf(method).params) {
      if (name != "method" && name != "hash") fields[name] = value;
    }
    return fields;
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> answers_;
  // The client is closed first: an open connection would hold the server back.
  http::LoopbackServer server_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<FragmentMarketplace> market_;
  std::unique_ptr<FragmentPublicMarket> public_market_;

 private:
  static std::string MethodOf(const httplib::Request& request) {
    return request.path == "/api" ? request.get_param_value("method") : "page";
  }
  void Serve(const httplib::Request& request, httplib::Response& response) {
    std::vector<std::string>& names = answers_[MethodOf(request)];
    if (names.empty()) {
      response.status = 500;
      return;
    }
    http::Answer(ReadCanned("fragment", names.front()), response);
    if (names.size() > 1) names.erase(names.begin());
  }
};

MarketAccount Account() {
  MarketAccount account;
  account.address = "0:1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d";
  account.public_key_hex = "abababababababababababababababababababababababababababababababab";
  account.state_init_base64 = "te6ccgEBAQEAAgAAAA==";
  return account;
}

std::string KindOf(const absl::Status& status) {
  for (const auto& [name, value] : MetadataOf(status)) {
    if (name == "kind") return value;
  }
  return "";
}

// Runs the operation that a canned exchange is about.
absl::Status Perform(MarketSession& session, const std::string& method) {
  if (method == "searchStarsRecipient") {
    return session.FindRecipient(kStars500, "alice_example").status();
  }
  if (method == "updateStarsBuyState") return session.State(ProductType::kStars).status();
  if (method == "initBuyStarsRequest") return session.OpenRequest(kStars500, "token").status();
  if (method == "getBuyStarsLink") {
    return session.FetchInvoice(ProductType::kStars, "id", Account()).status();
  }
  if (method == "confirmReq") return session.Confirm("confirmReq", {}, Account(), "boc");
  if (method == "repeatStars") return session.ResetState(ProductType::kStars);
  return absl::InternalError(method);
}

struct Expected {
  const char* name;
  Reason reason;  // kNone: OK
  const char* kind = "";
};

constexpr Reason kDown = Reason::kFragmentUnavailable;
constexpr Expected kExpected[] = {
    {"search_found", Reason::kNone},
    {"search_found_entities_in_name", Reason::kNone},
    {"init_ok", Reason::kNone},
    {"init_thousand_separators", Reason::kNone},
    {"link_ok_amount_string", Reason::kNone},
    {"link_two_messages", Reason::kNone},
    {"link_no_messages", Reason::kNone},
    {"confirm_ok", Reason::kNone},
    {"repeat_ok", Reason::kNone},
    {"state_processing", Reason::kNone},
    // refusals
    {"search_not_found", Reason::kRecipientNotFound},
    {"search_not_a_user", Reason::kRecipientNotFound},
    {"search_refused_entity", Reason::kRecipientRefused},
    {"search_refused_html_tags", Reason::kRecipientRefused},
    {"init_refused_entity", Reason::kRecipientRefused},
    {"init_amount_invalid", Reason::kQuantityOutOfRange},
    {"link_price_changed", Reason::kPriceChanged},
    {"link_need_verify", Reason::kKycRequired},
    // dead sessions
    {"search_session_expired", Reason::kSessionDead},
    {"init_need_ton", Reason::kSessionDead},
    {"init_without_req_id", Reason::kSessionDead},
    {"state_access_denied", Reason::kSessionDead},
    {"access_denied", Reason::kSessionDead},
    {"session_expired_code", Reason::kSessionDead},
    {"unauthorized", Reason::kSessionDead},
    // outages
    {"http_403_cloudflare", kDown, "outage"},
    {"http_429", kDown, "outage"},
    {"http_429_json", kDown, "outage"},
    {"http_500", kDown, "outage"},
    {"http_502_empty", kDown, "outage"},
    // answers that cannot be read
    {"http_200_array", kDown, "unreadable"},
    {"http_200_cut_json", kDown, "unreadable"},
    {"http_200_empty", kDown, "unreadable"},
    {"http_200_html", kDown, "unreadable"},
    {"http_200_html_as_json", kDown, "unreadable"},
    {"http_302", kDown, "unreadable"},
    {"search_ok_without_found", kDown, "unreadable"},
    {"search_unknown_error", kDown, "unreadable"},
    {"bad_request", kDown, "unreadable"},
    {"init_bad_request", kDown, "unreadable"},
    {"state_bad_request", kDown, "unreadable"},
    {"confirm_order_not_found", kDown, "unreadable"},
    {"link_evm", kDown, "unreadable"},
    {"link_without_transaction", kDown, "unreadable"},
    {"link_amount_fraction", kDown, "unreadable"},
    {"link_amount_negative", kDown, "unreadable"},
    {"link_amount_too_big", kDown, "unreadable"},
};

TEST_F(FragmentClientTest, KeepsTheFourOutcomesApart) {
  for (const Expected& expected : kExpected) {
    SCOPED_TRACE(expected.name);
    const std::string method = ReadCanned("fragment", expected.name).request.at("method");
    Set("updateStarsBuyState", {"state_new"});
    Set(method, {expected.name});
    const auto session = Open();
    const absl::Status status = Perform(*session, method);
    EXPECT_EQ(ReasonOf(status), expected.reason) << status;
    EXPECT_EQ(KindOf(status), expected.kind) << status;
  }
}

TEST_F(FragmentClientTest, SendsExactlyTheCannedRequests) {
  for (const char* name : {"search_found", "state_new", "repeat_ok"}) {
    SCOPED_TRACE(name);
    const Canned canned = ReadCanned("fragment", name);
    const std::string method = canned.request.at("method");
    Set(method, {name});
    EXPECT_TRUE(Perform(*Open(), method).ok());
    EXPECT_EQ(FieldsOf(method),
              (canned.request.at("fields").get<std::map<std::string, std::string>>()));
  }
  const Canned init = ReadCanned("fragment", "init_ok");
  Set("initBuyStarsRequest", {"init_ok"});
  EXPECT_EQ(
      *Open()->OpenRequest(kStars500, init.request.at("fields").at("recipient").get<std::string>()),
      "kX8dQm2Tz0bVn5LsYw4RcA");
  EXPECT_EQ(FieldsOf("initBuyStarsRequest"),
            (init.request.at("fields").get<std::map<std::string, std::string>>()));

  const Canned link = ReadCanned("fragment", "link_ok_amount_string");
  Set("getBuyStarsLink", {"link_ok_amount_string"});
  EXPECT_TRUE(Open()->FetchInvoice(ProductType::kStars, "kX8dQm2Tz0bVn5LsYw4RcA", Account()).ok());
  EXPECT_EQ(FieldsOf("getBuyStarsLink"),
            (link.request.at("fields").get<std::map<std::string, std::string>>()));

  const Canned confirm = ReadCanned("fragment", "confirm_ok");
  const auto boc = ton::DecodeBase64(confirm.request.at("fields").at("boc").get<std::string>(),
                                     ton::Base64Padding::kRequired);
  Set("confirmReq", {"confirm_ok"});
  EXPECT_TRUE(Open()
                  ->Confirm("confirmReq", {{"id", "kX8dQm2Tz0bVn5LsYw4RcA"}, {"boc", "theirs"}},
                            Account(), std::string(boc->begin(), boc->end()))
                  .ok());
  EXPECT_EQ(FieldsOf("confirmReq"),
            (confirm.request.at("fields").get<std::map<std::string, std::string>>()));
}

TEST_F(FragmentClientTest, SendsCookiesHashAndHeaders) {
  Set("searchStarsRecipient", {"search_found"});
  const auto session = Open();
  EXPECT_EQ(*session->FindRecipient(kStars500, "alice_example"),
            "Qk3mZ0pVbWxOa1R5cUhwUWJhRlR3eU1nRGVLc0xvWXhVdkNpSGpBbkJyRXd_9-Zt");
  EXPECT_THAT(Methods(), testing::ElementsAre("page", "searchStarsRecipient"));
  EXPECT_EQ(LastOf("page").get_header_value("Cookie"), kCookies);
  EXPECT_FALSE(LastOf("page").has_header("X-Requested-With"));
  const httplib::Request call = LastOf("searchStarsRecipient");
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.get_header_value("Cookie"), session->Jar().RevealString());
  EXPECT_EQ(call.get_param_value("hash"), "0f1e2d3c4b5a697887");
  EXPECT_EQ(call.get_header_value("Origin"), server_.Origin());
  EXPECT_EQ(call.get_header_value("Referer"), server_.Origin() + "/stars/buy");
  EXPECT_EQ(call.get_header_value("X-Requested-With"), "XMLHttpRequest");
  EXPECT_EQ(call.get_header_value("Content-Type"),
            "application/x-www-form-urlencoded; charset=UTF-8");
  EXPECT_THAT(call.get_header_value("User-Agent"), testing::StartsWith("Mozilla/5.0"));
}

TEST_F(FragmentClientTest, RefreshesAStaleHashOnceAndKeepsItForTheSession) {
  Set("searchStarsRecipient", {"bad_request", "search_found"});
  EXPECT_TRUE(Open()->FindRecipient(kStars500, "alice_example").ok());
  EXPECT_THAT(Methods(),
              testing::ElementsAre("page", "searchStarsRecipient", "page", "searchStarsRecipient"));
  // Another opening of the same session knows the hash; another session fetches its own.
  EXPECT_TRUE(Open()->FindRecipient(kStars500, "alice_example").ok());
  EXPECT_EQ(Methods().size(), 5u);
  EXPECT_TRUE(Open("s2")->FindRecipient(kStars500, "alice_example").ok());
  EXPECT_EQ(Methods().size(), 7u);
}

TEST_F(FragmentClientTest, DoesNotRefreshForEver) {
  Set("searchStarsRecipient", {"bad_request"});
  EXPECT_EQ(KindOf(Open()->FindRecipient(kStars500, "a").status()), "unreadable");
  EXPECT_EQ(Methods().size(), 4u);
}

TEST_F(FragmentClientTest, APageWithoutHashOrBehindAChallengeIsNoRefusal) {
  Set("searchStarsRecipient", {"search_found"});
  Set("page", {"page_without_hash"});
  EXPECT_EQ(KindOf(Open()->FindRecipient(kStars500, "a").status()), "unreadable");
  Set("page", {"http_403_cloudflare"});
  EXPECT_EQ(KindOf(Open()->FindRecipient(kStars500, "a").status()), "outage");
}

TEST_F(FragmentClientTest, FetchesOnePageForManyThreads) {
  Set("searchStarsRecipient", {"search_found"});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(Open()->FindRecipient(kStars500, "a").ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Methods(), testing::Contains("page").Times(1));
}

TEST_F(FragmentClientTest, MergesCookiesOfEveryAnswer) {
  Set("page", {"page_stars_guest"});
  Set("searchStarsRecipient", {"search_found"});
  const auto session = Open("s1", "stel_ssid=old; stel_token=t");
  EXPECT_FALSE(session->jar_changed());
  EXPECT_TRUE(session->FindRecipient(kStars500, "a").ok());
  EXPECT_TRUE(session->jar_changed());
  const std::string merged =
      "stel_ssid=5f0e9c1b2a3d4e5f6a_7320194881153322196; stel_token=t; stel_dt=-180";
  EXPECT_EQ(session->Jar().RevealString(), merged);
  EXPECT_EQ(LastOf("searchStarsRecipient").get_header_value("Cookie"), merged);
}

TEST_F(FragmentClientTest, AsksTheStateWhatAccessDeniedMeans) {
  Set("initBuyStarsRequest", {"init_access_denied"});
  Set("updateStarsBuyState", {"state_access_denied"});
  EXPECT_EQ(ReasonOf(Open()->OpenRequest(kStars500, "t").status()), Reason::kSessionDead);
  Set("updateStarsBuyState", {"state_new"});
  const absl::Status ours = Open()->OpenRequest(kStars500, "t").status();
  EXPECT_EQ(ReasonOf(ours), Reason::kFragmentUnavailable);
  EXPECT_EQ(KindOf(ours), "unreadable");
  Set("updateStarsBuyState", {"http_500"});
  EXPECT_EQ(KindOf(Open()->OpenRequest(kStars500, "t").status()), "outage");
}

TEST_F(FragmentClientTest, ReadsTheState) {
  const auto session = Open();
  const auto state = [&](const char* name) {
    Set("updateStarsBuyState", {name});
    return *session->State(ProductType::kStars);
  };
  EXPECT_EQ(state("state_new").mode, "new");
  EXPECT_FALSE(state("state_new").done());
  EXPECT_FALSE(state("state_processing").done());
  EXPECT_FALSE(state("state_done_still_updating").done());
  EXPECT_TRUE(state("state_done").done());
}

TEST_F(FragmentClientTest, ReadsEveryFormOfAnInvoice) {
  for (const char* name :
       {"link_ok_amount_number", "link_ok_amount_string", "link_ok_friendly_nonbounceable",
        "link_ok_padded_standard_alphabet", "link_ok_raw_address", "link_ok_two_cells",
        "link_ok_two_cells_grouped", "link_ok_valid_until_string", "link_ok_without_network",
        "link_state_init"}) {
    SCOPED_TRACE(name);
    Set("getBuyStarsLink", {name});
    const auto invoice =
        Open()->FetchInvoice(ProductType::kStars, "kX8dQm2Tz0bVn5LsYw4RcA", Account());
    ASSERT_TRUE(invoice.ok()) << invoice.status();
    const bool long_text = absl::StrContains(name, "two_cells");
    ASSERT_EQ(invoice->messages.size(), 1u);
    EXPECT_EQ(invoice->messages[0].amount.value(), long_text ? 46'153'900'000 : 230'800'000);
    EXPECT_FALSE(invoice->messages[0].payload_base64.empty());
    EXPECT_EQ(invoice->messages[0].has_state_init, absl::StrContains(name, "state_init"));
    EXPECT_EQ(invoice->request_id, "kX8dQm2Tz0bVn5LsYw4RcA");
    EXPECT_EQ(invoice->sender, Account().address);
    EXPECT_EQ(invoice->network, absl::StrContains(name, "without_network") ? "" : "-239");
    EXPECT_EQ(absl::ToUnixSeconds(invoice->valid_until), 1790000000);
    EXPECT_EQ(invoice->confirm_method, "confirmReq");
    EXPECT_EQ(invoice->confirm_params.size(), 1u);
  }
  Set("getBuyStarsLink", {"link_ok_raw_address"});
  EXPECT_EQ(Open()->FetchInvoice(ProductType::kStars, "id", Account())->messages[0].address,
            "0:408da3b28b6c065a593e10391269baaa9c5f8caebc0c69d9f0aabbab2a99256b");
}

TEST_F(FragmentClientTest, AConfirmMethodMustBeAName) {
  for (const char* name : {"", "a b", "x&method=logOut", "\xff"}) {
    EXPECT_EQ(KindOf(Open()->Confirm(name, {}, Account(), "boc")), "unreadable");
  }
  EXPECT_TRUE(Methods().empty());
}

TEST_F(FragmentClientTest, AResetWithNothingToResetIsNoFailure) {
  Set("repeatStars", {"search_unknown_error"});
  EXPECT_TRUE(Open()->ResetState(ProductType::kStars).ok());
  Set("repeatStars", {"http_500"});
  EXPECT_EQ(KindOf(Open()->ResetState(ProductType::kStars)), "outage");
  Set("repeatStars", {"access_denied"});
  Set("updateStarsBuyState", {"state_access_denied"});
  EXPECT_EQ(ReasonOf(Open()->ResetState(ProductType::kStars)), Reason::kSessionDead);
}

TEST_F(FragmentClientTest, NoAnswerIsAnOutage) {
  SiteOptions options;
  options.origin = "http://127.0.0.1:1";
  const auto client = std::move(http::Client::Make({options.origin})).value();
  FragmentMarketplace market(client.get(), options);
  const auto session = market.Open(SessionId("s"), Secret::FromString(kCookies));
  EXPECT_EQ(KindOf(session->State(ProductType::kStars).status()), "outage");
}

TEST_F(FragmentClientTest, OtherProductsAreNotSoldYet) {
  EXPECT_EQ(ReasonOf(Open()->State(ProductType::kPremium).status()), Reason::kProductNotAvailable);
  EXPECT_EQ(ReasonOf(public_market_->FindRecipient(ProductType::kTonTopup, "a").status()),
            Reason::kProductNotAvailable);
  EXPECT_TRUE(Methods().empty());
}

TEST_F(FragmentClientTest, AGuestReadsPricesAndFindsRecipients) {
  Set("page", {"page_stars_guest"});
  const auto prices = public_market_->Prices();
  ASSERT_TRUE(prices.ok()) << prices.status();
  EXPECT_EQ(prices->usd_per_ton, "3.25");
  ASSERT_EQ(prices->packages.size(), 7u);
  EXPECT_EQ(prices->packages[3].product, kStars500);
  EXPECT_EQ(prices->packages[3].ton, Units(2'307'700'000));
  EXPECT_EQ(LastOf("page").get_header_value("Cookie"), "");

  Set("searchStarsRecipient", {"search_found_entities_in_name"});
  EXPECT_EQ(*public_market_->FindRecipient(ProductType::kStars, "alice_example"),
            "Al & \xD0\x90\xD0\xBB\xD0\xB8\xD1\x81\xD0\xB0 <3");
  EXPECT_EQ(LastOf("searchStarsRecipient").get_header_value("Cookie"),
            "stel_ssid=5f0e9c1b2a3d4e5f6a_7320194881153322196; stel_dt=-180");
  Set("searchStarsRecipient", {"search_not_found"});
  EXPECT_EQ(ReasonOf(public_market_->FindRecipient(ProductType::kStars, "a").status()),
            Reason::kRecipientNotFound);
  Set("searchStarsRecipient", {"access_denied"});
  EXPECT_EQ(KindOf(public_market_->FindRecipient(ProductType::kStars, "a").status()), "unreadable");
  Set("page", {"page_without_hash"});
  EXPECT_EQ(KindOf(public_market_->Prices().status()), "unreadable");
}

}  // namespace
}  // namespace starlift::fragment
