// The sandbox's answers beside the bodies that were written by hand: the same keys, the same types.
#include "sandbox_fixture.h"

namespace starlift::sandbox {
namespace {

// A value reduced to its keys and types. Addresses as keys are one key; of a list only the first
// entry is looked at.
json Shape(const json& value) {
  if (value.is_object()) {
    json shape = json::object();
    for (const auto& [name, entry] : value.items()) {
      shape[name.substr(0, 2) == "0:" ? "<address>" : name] = Shape(entry);
    }
    return shape;
  }
  if (value.is_array()) return value.empty() ? json::array() : json::array({Shape(value[0])});
  return value.type_name();
}

void ExpectSame(const json& ours, const std::string& file) {
  EXPECT_EQ(Shape(ours).dump(1), Shape(CannedBody(file)).dump(1)) << file;
}

class SandboxShapeTest : public SandboxTest {
 protected:
  json GetJson(const std::string& path) { return json::parse(Get(path).body); }
};

TEST_F(SandboxShapeTest, Fragment) {
  const TestWallet wallet = Mint("50000000000");
  TestSession session = Login(wallet.address);
  ExpectSame(Search(session, "alice"), "fragment/search_found");
  ExpectSame(Search(session, "test_not_found"), "fragment/search_not_found");
  EXPECT_EQ(Search(session, "test_not_found"), CannedBody("fragment/search_not_found"));
  EXPECT_EQ(Search(session, "test_not_a_user"), CannedBody("fragment/search_not_a_user"));
  ExpectSame(Init(session, "alice", 500), "fragment/init_ok");
  EXPECT_EQ(Init(session, "test_refused", 500), CannedBody("fragment/init_refused_entity"));
  EXPECT_EQ(Init(session, "alice", 1), CannedBody("fragment/init_amount_invalid"));
  EXPECT_EQ(Call(session, {{"method", "x"}}), CannedBody("fragment/invalid_method"));
  EXPECT_EQ(Call(session, {{"method", "repeatStars"}}), CannedBody("fragment/repeat_ok"));
  const json prices = Call(session, {{"method", "updateStarsPrices"}, {"quantity", "500"}});
  ExpectSame(prices, "fragment/prices_ok");
  EXPECT_EQ(prices.at("cur_price"), CannedBody("fragment/prices_ok").at("cur_price"));
  ExpectSame(State(session), "fragment/state_new");
  EXPECT_EQ(Invoice(session, "test_price_always_changes", 50),
            CannedBody("fragment/link_price_changed"));
  EXPECT_EQ(Invoice(session, "test_kyc", 50), CannedBody("fragment/link_need_verify"));
  session.hash = "00";
  EXPECT_EQ(State(session), CannedBody("fragment/bad_request"));
}

TEST_F(SandboxShapeTest, LinksComeInEveryCannedForm) {
  const TestWallet wallet = Mint("50000000000");
  const TestSession session = Login(wallet.address);
  std::vector<std::string> wanted = {"link_ok_amount_string", "link_ok_amount_number",
                                     "link_ok_without_network"};
  for (int i = 0; i < 100 && !wanted.empty(); ++i) {
    const json shape = Shape(Invoice(session, "alice", 50));
    std::erase_if(wanted, [&](const std::string& file) {
      return shape == Shape(CannedBody("fragment/" + file));
    });
  }
  EXPECT_TRUE(wanted.empty()) << wanted[0];
}

TEST_F(SandboxShapeTest, Pages) {
  const auto page = GetPage("/stars/buy", {});
  const json canned = Canned("fragment/page_stars_guest");
  EXPECT_EQ(page->get_header_value("Content-Type"), canned.at("content_type").get<std::string>());
  const std::string body = canned.at("body");
  const std::string label = body.substr(body.find("<span class=\"tm-value"), 80);
  EXPECT_NE(page->body.find(label), std::string::npos) << label;
  const json ajax =
      json::parse(GetPage("/stars/buy", {{"X-Requested-With", "XMLHttpRequest"}})->body);
  ExpectSame(ajax, "fragment/page_stars_ajax");
  EXPECT_EQ(GetPage("/premium/gift", {})->status, 200);
  EXPECT_EQ(GetPage("/ads/topup", {})->status, 200);
  EXPECT_EQ(GetPage("/nowhere", {})->status, 404);
}

TEST_F(SandboxShapeTest, ToncenterAccounts) {
  const TestWallet active = Mint("1000000000");
  // Only an account that has acted names a last transaction that is not all zeros, but the shape is
  // the same.
  const std::string info = "/api/v2/getAddressInformation?address=";
  const std::string wallet = "/api/v2/getWalletInformation?address=";
  const std::string empty = Mint("0", false).address;
  const std::string funded = Mint("5", false).address;
  ExpectSame(GetJson(info + active.address), "toncenter/address_active");
  ExpectSame(GetJson(info + empty), "toncenter/address_uninitialized_empty");
  ExpectSame(GetJson(info + funded), "toncenter/address_uninitialized_with_balance");
  ExpectSame(GetJson(wallet + active.address), "toncenter/wallet_active");
  ExpectSame(GetJson(wallet + empty), "toncenter/wallet_uninitialized");
  ExpectSame(GetJson("/api/v3/walletInformation?address=" + active.address),
             "toncenter/v3_wallet_active");
  const std::string payee = "EQBAjaOyi2wGWlk-EDkSabqqnF-MrrwMadnwqrurKpkla9nE";
  ExpectSame(GetJson("/api/v3/walletInformation?address=" + payee),
             "toncenter/v3_wallet_not_a_wallet");
  ExpectSame(GetJson("/api/v3/masterchainInfo"), "toncenter/v3_masterchain_info");
  ExpectSame(GetJson("/api/v2/getMasterchainInfo"), "toncenter/v2_masterchain_info");
  ExpectSame(GetJson("/api/v3/transactions?account=nonsense"), "toncenter/v3_error_422_account");
  Control("balances", {{"address", active.address}, {"balance_nano", "7"}, {"frozen", true}});
  ExpectSame(GetJson(info + active.address), "toncenter/address_frozen");
  ExpectSame(GetJson(wallet + active.address), "toncenter/wallet_frozen");
}

TEST_F(SandboxShapeTest, ToncenterSendsAndTransactions) {
  const TestWallet wallet = Mint("1000000000");
  ton::OutMessage message;
  message.destination = *ton::ParseAddress("EQBAjaOyi2wGWlk-EDkSabqqnF-MrrwMadnwqrurKpkla9nE");
  message.amount_nano = 500000000;
  message.body = *ton::WriteComment("500 Telegram Stars \n\nRef#Ab3dE9xYz");
  const auto wrong = Sign(wallet, 9, {message});
  ExpectSame(json::parse(SendBoc(ton::WriteBocBase64(wrong.external)).body),
             "toncenter/refused_seqno_133_newer_wording");
  const auto transfer = Sign(wallet, 0, {message});
  const std::string boc = ton::WriteBocBase64(transfer.external);
  const std::string hash = ton::HexOf(transfer.normalized_hash);
  const std::string by_message = "/api/v3/transactionsByMessage?msg_hash=";
  ExpectSame(GetJson(by_message + hash), "toncenter/transactions_by_message_empty");
  ExpectSame(json::parse(SendBoc(boc).body), "toncenter/send_boc_return_hash_ok");
  ExpectSame(json::parse(SendBoc(boc).body), "toncenter/send_duplicate");
  ExpectSame(json::parse(SendBoc("AAAA").body), "toncenter/send_not_a_boc");
  ASSERT_TRUE(Included(transfer));
  ExpectSame(GetJson(by_message + hash), "toncenter/transactions_by_message_found");
  const std::string account = "/api/v3/transactions?sort=asc&account=";
  ExpectSame(GetJson(account + wallet.address), "toncenter/v3_transactions_list");
  // The canned credit has an empty body, hence no opcode.
  json received = GetJson(account + ton::RawForm(message.destination)).at("transactions")[0];
  received["in_msg"]["opcode"] = nullptr;
  EXPECT_EQ(Shape(received).dump(1),
            Shape(CannedBody("toncenter/v3_transactions_list").at("transactions")[2]).dump(1));
  ExpectSame(GetJson("/api/v2/getTransactions?address=" + wallet.address),
             "toncenter/v2_transactions");
}

}  // namespace
}  // namespace starlift::sandbox
