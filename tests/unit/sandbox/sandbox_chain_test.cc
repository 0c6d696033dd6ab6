// The fake chain and its provider, used over HTTP.
#include <atomic>

#include "sandbox_fixture.h"
#include "ton/base64.h"

namespace starlift::sandbox {
namespace {

TEST_F(SandboxTest, AWalletIsDeployedByItsFirstMessage) {
  const TestWallet wallet = Mint("1000000000", /*deployed=*/false);
  EXPECT_EQ(AddressInformation(wallet.address).at("state"), "uninitialized");
  const auto without = Sign(wallet, 0, {To(kFriend, 5)});
  const json refused = json::parse(SendBoc(ton::WriteBocBase64(without.external)).body);
  EXPECT_NE(refused.at("error").get<std::string>().find("exitcode=0,"), std::string::npos);
  const auto transfer = Sign(wallet, 0, {To(kFriend, 5000000)}, /*deploy=*/true);
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(transfer.external)).status, 200);
  ASSERT_TRUE(Included(transfer));
  EXPECT_EQ(AddressInformation(wallet.address).at("state"), "active");
  EXPECT_EQ(Seqno(wallet.address), 1u);
  EXPECT_EQ(AddressInformation(kFriend).at("balance"), "5000000");
}

TEST_F(SandboxTest, RefusalsHaveTheRealWords) {
  const TestWallet wallet = Mint("1000000000");
  const auto exit_code = [&](const ton::SignedTransfer& transfer) {
    const auto answer = SendBoc(ton::WriteBocBase64(transfer.external));
    EXPECT_EQ(answer.status, 500);
    const std::string error = json::parse(answer.body).at("error");
    EXPECT_EQ(error.find("LITE_SERVER_UNKNOWN: cannot apply external message to current state"),
              0u);
    return error.substr(error.find("exitcode="), 12);
  };
  EXPECT_EQ(exit_code(Sign(wallet, 7, {To(kFriend, 1)})), "exitcode=133");
  EXPECT_EQ(exit_code(Sign(wallet, 0, {To(kFriend, 1)}, false, -5)), "exitcode=136");
  TestWallet other;
  other.key = ton::KeyPairFromSeed(wallet.key.seed.Reveal());
  other.wallet_id = ton::WalletV5Id(ton::kTestnet);
  auto foreign = Sign(other, 0, {To(kFriend, 1)});
  foreign.external =
      ton::BuildExternalMessage(*ton::ParseAddress(wallet.address), nullptr, foreign.body)->cell;
  EXPECT_EQ(exit_code(foreign), "exitcode=134");
  const auto good = Sign(wallet, 0, {To(kFriend, 1000000)});
  const std::string boc = ton::WriteBocBase64(good.external);
  EXPECT_EQ(SendBoc(boc).status, 200);
  EXPECT_EQ(json::parse(SendBoc(boc).body).at("error"),
            "LITE_SERVER_UNKNOWN: cannot send external message : duplicate message");
  EXPECT_EQ(SendBoc("").status, 422);
  EXPECT_EQ(SendBoc("%%%").status, 422);
  EXPECT_NE(SendBoc("AAAA").body.find("not a valid bag of cells"), std::string::npos);
}

TEST_F(SandboxTest, OneOfTwoMessagesOfASeqnoIsExecuted) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "hold_blocks"}, {"ms", 60000}});
  const auto one = Sign(wallet, 0, {To(kFriend, 1000000)});
  const auto two = Sign(wallet, 0, {To(kFriend, 2000000)});
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(one.external)).status, 200);
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(two.external)).status, 200);
  Fault({{"name", "hold_blocks"}, {"ms", 0}});
  ASSERT_TRUE(Included(one));
  Blocks(3);
  EXPECT_TRUE(ByMessage(ton::HexOf(two.normalized_hash)).empty());
  EXPECT_EQ(Seqno(wallet.address), 1u);
}

TEST_F(SandboxTest, TransactionsAreChainedAndFoundBothWays) {
  const TestWallet wallet = Mint("1000000000");
  std::string last_hash;
  for (uint32_t seqno = 0; seqno < 3; ++seqno) {
    const auto transfer = Sign(wallet, seqno, {To(kFriend, 1000000)});
    SendBoc(ton::WriteBocBase64(transfer.external));
    ASSERT_TRUE(Included(transfer));
    const json row = ByMessage(ton::HexOf(transfer.message_hash))[0];
    EXPECT_EQ(row.at("finality"), "finalized");
    if (seqno > 0) {
      EXPECT_EQ(row.at("prev_trans_hash"), last_hash);
    }
    last_hash = row.at("hash");
  }
  const std::string base = "/api/v3/transactions?account=" + wallet.address;
  const json all = json::parse(Get(base + "&sort=asc&limit=100").body)["transactions"];
  ASSERT_EQ(all.size(), 3u);
  const std::string second = all[1].at("lt");
  EXPECT_EQ(json::parse(Get(base + "&sort=asc&start_lt=" + second).body)["transactions"].size(),
            2u);
  EXPECT_EQ(json::parse(Get(base + "&limit=1&offset=1").body)["transactions"][0].at("lt"), second);
  EXPECT_EQ(Get(base + "&limit=1001").status, 422);
  EXPECT_EQ(Get("/api/v3/transactions?account=nonsense").status, 422);
  const json v2 =
      json::parse(Get("/api/v2/getTransactions?limit=2&address=" + wallet.address).body)["result"];
  ASSERT_EQ(v2.size(), 2u);
  const auto cell = ton::ReadBocBase64(v2[0].at("data").get<std::string>());
  ASSERT_TRUE(cell.ok());
  EXPECT_EQ(ton::EncodeBase64((*cell)->hash(), ton::Base64Alphabet::kStandard, true), last_hash);
  EXPECT_EQ(v2[0].at("transaction_id").at("hash"), last_hash);
}

TEST_F(SandboxTest, MessagesToNobodyBounce) {
  const TestWallet wallet = Mint("1000000000");
  const auto transfer = Sign(wallet, 0, {To(kFriend, 100000000, /*bounce=*/true)});
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Included(transfer));
  const std::string path = "/api/v3/transactions?sort=asc&account=" + wallet.address;
  const json rows = json::parse(Get(path).body)["transactions"];
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].at("in_msg").at("bounced"), true);
  EXPECT_EQ(rows[1].at("in_msg").at("value"), "99600000");
  EXPECT_EQ(rows[1].at("trace_id"), rows[0].at("hash"));
  const json traces = json::parse(
      Get("/api/v3/traces?msg_hash=" + ton::HexOf(transfer.normalized_hash)).body)["traces"];
  ASSERT_EQ(traces.size(), 1u);
  EXPECT_EQ(traces[0].at("transactions").size(), 3u);
}

TEST_F(SandboxTest, GetMethodsAnswer) {
  const TestWallet wallet = Mint("1000000000", true, {{"seqno", 26}});
  const auto run = [&](const std::string& method) {
    const json order = {{"address", wallet.address}, {"method", method}, {"stack", json::array()}};
    const auto answer = client_->Post("/api/v2/runGetMethod", order.dump(), "application/json");
    return json::parse(answer->body).at("result");
  };
  EXPECT_EQ(run("seqno").at("stack"), json::parse(R"([["num","0x1a"]])"));
  EXPECT_EQ(run("get_subwallet_id").at("stack"), json::parse(R"([["num","0x7fffff11"]])"));
  EXPECT_EQ(run("is_signature_allowed").at("stack"), json::parse(R"([["num","-0x1"]])"));
  EXPECT_EQ(run("nothing").at("exit_code"), 11);
  const json rpc = {{"jsonrpc", "2.0"},
                    {"id", "7"},
                    {"method", "getAddressInformation"},
                    {"params", {{"address", wallet.address}}}};
  const json answer =
      json::parse(client_->Post("/api/v2/jsonRPC", rpc.dump(), "application/json")->body);
  EXPECT_EQ(answer.at("id"), "7");
  EXPECT_EQ(answer.at("result").at("balance"), "1000000000");
}

TEST_F(SandboxTest, WalletsToBeWaryOf) {
  const TestWallet wallet =
      Mint("1000000000", true, {{"extensions", true}, {"signature_allowed", false}});
  const json data = AddressInformation(wallet.address).at("data");
  const auto state = ton::ParseWalletV5Data(*ton::ReadBocBase64(data.get<std::string>()));
  ASSERT_TRUE(state.ok());
  EXPECT_TRUE(state->has_extensions);
  EXPECT_FALSE(state->signature_allowed);
  Control("balances", {{"address", wallet.address}, {"balance_nano", "5"}, {"frozen", true}});
  EXPECT_EQ(AddressInformation(wallet.address).at("state"), "frozen");
}

TEST_F(SandboxTest, DroppedMessagesDieByExpiry) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "drop_external"}, {"count", 1}});
  const auto lost = Sign(wallet, 0, {To(kFriend, 1000000)}, false, 2);
  const std::string boc = ton::WriteBocBase64(lost.external);
  EXPECT_EQ(SendBoc(boc).status, 200);
  EXPECT_EQ(SendBoc(boc).status, 500);  // the same server took it a moment ago
  Control("clock", {{"advance_ms", 10000}});
  Blocks(2);
  EXPECT_EQ(Seqno(wallet.address), 0u);
  EXPECT_GE(AddressInformation(wallet.address).at("sync_utime").get<int64_t>(), Head() - 1);
  EXPECT_NE(
      SendBoc(ton::WriteBocBase64(Sign(wallet, 0, {To(kFriend, 1000000)}, false, -1).external))
          .body.find("exitcode=136"),
      std::string::npos);
  const auto next = Sign(wallet, 0, {To(kFriend, 1000000)});
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(next.external)).status, 200);
  EXPECT_TRUE(Included(next));
}

TEST_F(SandboxTest, LostAnswersAreStillExecuted) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "lose_send_answer"}});
  const auto first = Sign(wallet, 0, {To(kFriend, 1000000)});
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(first.external)).status, 500);
  EXPECT_TRUE(Included(first));
  Fault({{"name", "lose_send_answer"}, {"close", true}});
  const auto second = Sign(wallet, 1, {To(kFriend, 1000000)});
  EXPECT_FALSE(client_->Post("/api/v3/message",
                             json{{"boc", ton::WriteBocBase64(second.external)}}.dump(),
                             "application/json"));
  EXPECT_TRUE(Included(second));
}

TEST_F(SandboxTest, ActionsCanBeSkippedOrFail) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "skip_action"}, {"index", 1}});
  const auto skipped = Sign(wallet, 0, {To(kFriend, 1000000), To(kFriend, 2000000)});
  SendBoc(ton::WriteBocBase64(skipped.external));
  ASSERT_TRUE(Included(skipped));
  const json row = ByMessage(ton::HexOf(skipped.normalized_hash))[0];
  EXPECT_EQ(row.at("description").at("action").at("skipped_actions"), 1);
  EXPECT_EQ(row.at("out_msgs").size(), 1u);
  EXPECT_EQ(Seqno(wallet.address), 1u);

  Fault({{"name", "fail_action_phase"}, {"count", 2}});
  const auto failed = Sign(wallet, 1, {To(kFriend, 3000000)});
  SendBoc(ton::WriteBocBase64(failed.external));
  const std::string hash = ton::HexOf(failed.normalized_hash);
  ASSERT_TRUE(Eventually([&] { return ByMessage(hash).size() == 3; }));
  const json rows = ByMessage(hash);
  EXPECT_EQ(rows[0].at("description").at("action").at("result_code"), 37);
  EXPECT_EQ(rows[0].at("description").at("aborted"), true);
  EXPECT_EQ(rows[2].at("description").at("action").at("success"), true);
  EXPECT_EQ(Seqno(wallet.address), 2u);
}

TEST_F(SandboxTest, SomebodyElseMayUseTheWallet) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "hold_blocks"}, {"ms", 60000}});
  const auto ours = Sign(wallet, 0, {To(kFriend, 1000000)});
  SendBoc(ton::WriteBocBase64(ours.external));
  Fault({{"name", "foreign_use"}, {"wallet", wallet.address}});
  Fault({{"name", "hold_blocks"}, {"ms", 0}});
  EXPECT_TRUE(Eventually([&] { return Seqno(wallet.address) == 1; }));
  EXPECT_TRUE(ByMessage(ton::HexOf(ours.normalized_hash)).empty());
  EXPECT_EQ(Look("transfers").size(), 1u);
}

TEST_F(SandboxTest, ProvidersLagAndFail) {
  const TestWallet wallet = Mint("1000000000");
  Blocks(2);
  Fault({{"name", "index_lag_ms"}, {"ms", 60000}});
  const auto transfer = Sign(wallet, 0, {To(kFriend, 1000000)});
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Eventually([&] { return Seqno(wallet.address) == 1; }));
  EXPECT_TRUE(ByMessage(ton::HexOf(transfer.normalized_hash)).empty());
  const json pending = json::parse(
      Get("/api/v3/pendingTransactions?account=" + wallet.address).body)["transactions"];
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0].at("finality"), "confirmed");
  Fault({{"name", "index_lag_ms"}, {"ms", 0}});
  EXPECT_EQ(ByMessage(ton::HexOf(transfer.normalized_hash)).size(), 1u);

  Fault({{"name", "provider_stale"}, {"lag_ms", 200}, {"ms", 60000}});
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  EXPECT_EQ(Seqno(wallet.address), 1u);
  Fault({{"name", "provider_stale"}, {"lag_ms", 0}, {"ms", 0}});
  Fault({{"name", "send_429"}, {"count", 2}});
  EXPECT_EQ(SendBoc("AAAA").status, 429);
  EXPECT_EQ(SendBoc("AAAA").status, 429);
  EXPECT_EQ(SendBoc("AAAA").status, 500);
  Fault({{"name", "read_500"}, {"count", 1}});
  EXPECT_EQ(Get("/api/v3/masterchainInfo").status, 500);
  EXPECT_EQ(Get("/api/v3/masterchainInfo").status, 200);
  EXPECT_EQ(
      client_->Post("/sandbox/v1/faults", R"({"name":"nonsense"})", "application/json")->status,
      404);
}

TEST_F(SandboxTest, InclusionMayTakeLong) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "delay_inclusion_ms"}, {"ms", 400}});
  const auto transfer = Sign(wallet, 0, {To(kFriend, 1000000)});
  SendBoc(ton::WriteBocBase64(transfer.external));
  Blocks(5);
  EXPECT_EQ(Seqno(wallet.address), 0u);
  EXPECT_TRUE(Included(transfer));
}

TEST_F(SandboxTest, ManyConnectionsAtOnce) {
  const TestWallet wallet = Mint("1000000000");
  std::atomic<int> good = 0;
  std::vector<std::thread> callers;
  const int port = port_;
  for (int i = 0; i < 64; ++i) {
    callers.emplace_back([&good, &wallet, port] {
      httplib::Client client("127.0.0.1", port);
      client.set_keep_alive(true);
      const std::string path = "/api/v2/getAddressInformation?address=" + wallet.address;
      for (int call = 0; call < 20; ++call) {
        const auto answer = client.Get(path.c_str());
        if (answer && answer->status == 200) ++good;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(good, 64 * 20);
}

}  // namespace
}  // namespace starlift::sandbox
