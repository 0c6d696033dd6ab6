// Wallet V4R2 on the fake chain, used over HTTP.
#include "sandbox_fixture.h"

namespace starlift::sandbox {
namespace {

class SandboxWalletV4Test : public SandboxTest {
 protected:
  TestWallet MintV4(const std::string& balance, bool deployed = true, json more = {}) {
    more["version"] = "v4r2";
    return Mint(balance, deployed, more);
  }
  std::string RefusalOf(const ton::SignedTransfer& transfer) {
    const auto answer = SendBoc(ton::WriteBocBase64(transfer.external));
    EXPECT_EQ(answer.status, 500);
    const std::string error = json::parse(answer.body).at("error");
    return error.substr(error.find("exitcode="), 11);
  }
};

TEST_F(SandboxWalletV4Test, IsMintedDeployedAndShown) {
  const TestWallet wallet = MintV4("1000000000", /*deployed=*/false);
  EXPECT_EQ(wallet.version, "v4r2");
  EXPECT_EQ(wallet.address, ton::RawForm(ton::WalletV4Address(wallet.key.public_key)));
  const auto first = Sign(wallet, 0, {To(kFriend, 1000000)}, /*deploy=*/true);
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(first.external)).status, 200);
  ASSERT_TRUE(Included(first));
  const json data = AddressInformation(wallet.address).at("data");
  const auto state = ton::ParseWalletV4Data(*ton::ReadBocBase64(data.get<std::string>()));
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->seqno, 1u);
  EXPECT_FALSE(state->has_plugins);
  const json v2 =
      json::parse(Get("/api/v2/getWalletInformation?address=" + wallet.address).body)["result"];
  EXPECT_EQ(v2.at("wallet_type"), "wallet v4 r2");
  EXPECT_EQ(v2.at("seqno"), 1);
  EXPECT_EQ(v2.at("wallet_id"), 698983191);
  EXPECT_FALSE(v2.contains("is_signature_allowed"));
  const json v3 = json::parse(Get("/api/v3/walletStates?address=" + wallet.address).body);
  EXPECT_EQ(v3.at("wallets")[0].at("wallet_type"), "wallet v4 r2");
  EXPECT_EQ(v3.at("address_book").begin()->at("interfaces"), json::array({"wallet_v4r2"}));
}

TEST_F(SandboxWalletV4Test, SendsFourAtOnce) {
  const TestWallet wallet = MintV4("1000000000", true, {{"seqno", 3}});
  const auto transfer =
      Sign(wallet, 3, {To(kFriend, 1), To(kFriend, 2), To(kFriend, 3), To(kFriend, 4)});
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(transfer.external)).status, 200);
  ASSERT_TRUE(Included(transfer));
  const json row = ByMessage(ton::HexOf(transfer.normalized_hash))[0];
  ASSERT_EQ(row.at("out_msgs").size(), 4u);
  EXPECT_EQ(row.at("out_msgs")[3].at("value"), "4");
  EXPECT_EQ(row.at("description").at("compute_ph").at("gas_used"), "5234");
  EXPECT_EQ(Seqno(wallet.address), 4u);
}

TEST_F(SandboxWalletV4Test, RefusesInItsOwnOrderOfChecks) {
  const TestWallet wallet = MintV4("1000000000");
  TestWallet other = wallet.version == "v4r2" ? MintV4("5") : TestWallet();
  other.address = wallet.address;
  const auto addressed = [&](ton::SignedTransfer transfer) {
    EXPECT_TRUE(ton::WrapBody(*ton::ParseAddress(wallet.address), nullptr, &transfer).ok());
    return transfer;
  };
  EXPECT_EQ(RefusalOf(Sign(wallet, 1, {To(kFriend, 1)})), "exitcode=33");
  EXPECT_EQ(RefusalOf(Sign(wallet, 1, {To(kFriend, 1)}, false, -5)), "exitcode=36");
  TestWallet renamed;
  renamed.key = ton::KeyPairFromSeed(wallet.key.seed.Reveal());
  renamed.version = "v4r2";
  renamed.wallet_id = 7;
  EXPECT_EQ(RefusalOf(addressed(Sign(renamed, 0, {To(kFriend, 1)}))), "exitcode=34");
  EXPECT_EQ(RefusalOf(addressed(Sign(other, 0, {To(kFriend, 1)}))), "exitcode=35");
}

TEST_F(SandboxWalletV4Test, WithoutPlusTwoTheSameMessageRunsAgainAndAgain) {
  const TestWallet wallet = MintV4("500000000");
  ton::OutMessage dear = To(kFriend, 2000000000);
  dear.mode = 1;
  const auto transfer = Sign(wallet, 0, {dear});
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(transfer.external)).status, 200);
  const std::string hash = ton::HexOf(transfer.normalized_hash);
  ASSERT_TRUE(Eventually([&] { return ByMessage(hash).size() >= 3; }));
  for (const json& row : ByMessage(hash)) {
    EXPECT_EQ(row.at("description").at("aborted"), true);
    EXPECT_EQ(row.at("description").at("action").at("result_code"), 37);
  }
  EXPECT_EQ(Seqno(wallet.address), 0u);
  // It is alive: once there is money, it pays.
  Control("balances", {{"address", wallet.address}, {"balance_nano", "9000000000"}});
  EXPECT_TRUE(Eventually([&] { return Seqno(wallet.address) == 1; }));
  EXPECT_EQ(AddressInformation(kFriend).at("balance"), "2000000000");
}

TEST_F(SandboxWalletV4Test, PluginsAreToldOfAndSomebodyElseMaySign) {
  const TestWallet wary = MintV4("1000000000", true, {{"extensions", true}});
  const json data = AddressInformation(wary.address).at("data");
  EXPECT_TRUE(ton::ParseWalletV4Data(*ton::ReadBocBase64(data.get<std::string>()))->has_plugins);
  const TestWallet wallet = MintV4("1000000000");
  Fault({{"name", "foreign_use"}, {"wallet", wallet.address}});
  EXPECT_TRUE(Eventually([&] { return Seqno(wallet.address) == 1; }));
  EXPECT_EQ(Look("transfers").size(), 1u);
  EXPECT_EQ(
      client_->Post("/sandbox/v1/wallets", R"({"version":"v3r2"})", "application/json")->status,
      400);
}

TEST_F(SandboxWalletV4Test, ItsInvoicesAreCredited) {
  const TestWallet wallet = MintV4("50000000000");
  const TestSession session = Login(wallet.address);
  const auto transfer = Sign(wallet, 0, {AsAsked(Invoice(session, "alice", 50))});
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Included(transfer));
  EXPECT_TRUE(Eventually([&] { return State(session).at("mode") == "done"; }));
  EXPECT_EQ(Look("payments")[0].at("credited"), true);
}

}  // namespace
}  // namespace starlift::sandbox
