// Several providers of one chain, each with a view and with faults of its own.
#include "sandbox_fixture.h"

namespace starlift::sandbox {
namespace {

class SandboxProviderTest : public SandboxTest {
 protected:
  void Choose(Options* options) override { options->providers.resize(2); }
  void SetUp() override {
    SandboxTest::SetUp();
    for (const ProviderPort& provider : app_->providers()) {
      others_[provider.name] = std::make_unique<httplib::Client>("127.0.0.1", provider.at.port);
    }
  }

  httplib::Client& Of(const std::string& provider) {
    return provider == "a" ? *client_ : *others_.at(provider);
  }
  json Read(const std::string& provider, const std::string& path) {
    const auto answer = Of(provider).Get(path.c_str());
    EXPECT_TRUE(answer) << provider << path;
    return answer ? json::parse(answer->body) : json();
  }
  json Information(const std::string& provider, const std::string& address) {
    return Read(provider, "/api/v2/getAddressInformation?address=" + address).at("result");
  }
  uint32_t SeqnoAt(const std::string& provider, const std::string& address) {
    return Read(provider, "/api/v2/getWalletInformation?address=" + address)
        .at("result")
        .at("seqno");
  }
  size_t FoundAt(const std::string& provider, const ton::SignedTransfer& transfer) {
    return Read(provider, "/api/v3/transactionsByMessage?direction=in&msg_hash=" +
                              ton::HexOf(transfer.normalized_hash))
        .at("transactions")
        .size();
  }
  // The logical times of an account, oldest first, by v3 and by v2.
  std::vector<std::string> Times(const std::string& provider, const std::string& address) {
    const json rows = Read(provider, "/api/v3/transactions?sort=asc&limit=100&account=" + address)
                          .at("transactions");
    std::vector<std::string> times;
    for (const json& row : rows) times.push_back(row.at("lt"));
    return times;
  }
  std::vector<std::string> TimesV2(const std::string& provider, const std::string& address) {
    const json rows =
        Read(provider, "/api/v2/getTransactions?limit=100&address=" + address).at("result");
    std::vector<std::string> times;
    for (const json& row : rows) times.push_back(row.at("transaction_id").at("lt"));
    std::reverse(times.begin(), times.end());
    return times;
  }
  ton::SignedTransfer Pay(const TestWallet& wallet, uint32_t seqno) {
    const auto transfer = Sign(wallet, seqno, {To(kFriend, 1000000)});
    EXPECT_EQ(SendBoc(ton::WriteBocBase64(transfer.external)).status, 200);
    EXPECT_TRUE(Included(transfer));
    return transfer;
  }

  std::map<std::string, std::unique_ptr<httplib::Client>> others_;
};

TEST_F(SandboxProviderTest, AllShowTheSameChainAndNothingElse) {
  ASSERT_EQ(others_.size(), 2u);
  EXPECT_EQ(Look("status").at("providers"), json::array({"a", "b", "c"}));
  const TestWallet wallet = Mint("1000000000");
  const auto transfer = Sign(wallet, 0, {To(kFriend, 1000000)});
  const json boc = {{"boc", ton::WriteBocBase64(transfer.external)}};
  EXPECT_EQ(Of("b").Post("/api/v3/message", boc.dump(), "application/json")->status, 200);
  ASSERT_TRUE(Included(transfer));
  for (const std::string provider : {"a", "b", "c"}) {
    EXPECT_EQ(FoundAt(provider, transfer), 1u) << provider;
    EXPECT_EQ(SeqnoAt(provider, wallet.address), 1u) << provider;
  }
  EXPECT_EQ(Of("b").Get("/stars/buy")->status, 404);
  EXPECT_EQ(Of("c").Get("/sandbox/v1/status")->status, 404);
}

TEST_F(SandboxProviderTest, OldFaultsHitOneProviderOrAll) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "read_500"}, {"count", 1}, {"provider", "b"}});
  EXPECT_EQ(Of("a").Get("/api/v3/masterchainInfo")->status, 200);
  EXPECT_EQ(Of("b").Get("/api/v3/masterchainInfo")->status, 500);
  EXPECT_EQ(Of("b").Get("/api/v3/masterchainInfo")->status, 200);
  Fault({{"name", "read_429"}, {"count", 1}});
  for (const std::string provider : {"a", "b", "c"}) {
    EXPECT_EQ(Of(provider).Get("/api/v3/masterchainInfo")->status, 429) << provider;
  }
  Fault({{"name", "index_lag_ms"}, {"ms", 60000}, {"provider", "c"}});
  const auto transfer = Pay(wallet, 0);
  EXPECT_EQ(FoundAt("b", transfer), 1u);
  EXPECT_EQ(FoundAt("c", transfer), 0u);
  Fault({{"name", "provider_stale"}, {"lag_ms", 60000}, {"ms", 60000}, {"provider", "b"}});
  EXPECT_EQ(Information("b", wallet.address).at("state"), "uninitialized");
  EXPECT_EQ(SeqnoAt("a", wallet.address), 1u);
  Fault({{"name", "clear"}});
  EXPECT_EQ(FoundAt("c", transfer), 1u);
  EXPECT_EQ(SeqnoAt("b", wallet.address), 1u);
  const auto unknown = client_->Post("/sandbox/v1/faults", R"({"name":"read_500","provider":"z"})",
                                     "application/json");
  EXPECT_EQ(unknown->status, 404);
}

TEST_F(SandboxProviderTest, SlownessHitsOneProvider) {
  Fault({{"name", "slow_ms"}, {"target", "chain"}, {"ms", 400}, {"provider", "b"}});
  const auto milliseconds = [&](const std::string& provider) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(Of(provider).Get("/api/v3/masterchainInfo")->status, 200);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start)
        .count();
  };
  EXPECT_GE(milliseconds("b"), 400);
  EXPECT_LT(milliseconds("a"), 400);
}

TEST_F(SandboxProviderTest, ADownProviderCutsTheConnection) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "provider_down"}, {"ms", -1}, {"provider", "b"}});
  EXPECT_FALSE(Of("b").Get("/api/v3/masterchainInfo"));
  const auto transfer = Sign(wallet, 0, {To(kFriend, 1000000)});
  const json boc = {{"boc", ton::WriteBocBase64(transfer.external)}};
  EXPECT_FALSE(Of("b").Post("/api/v2/sendBoc", boc.dump(), "application/json"));
  Blocks(3);
  EXPECT_EQ(SeqnoAt("a", wallet.address), 0u);
  Fault({{"name", "provider_down"}, {"ms", 0}, {"provider", "b"}});
  EXPECT_EQ(Of("b").Get("/api/v3/masterchainInfo")->status, 200);
}

TEST_F(SandboxProviderTest, AGapHidesTheMiddleOfAHistory) {
  const TestWallet wallet = Mint("1000000000");
  std::vector<ton::SignedTransfer> paid;
  for (uint32_t seqno = 0; seqno < 4; ++seqno) paid.push_back(Pay(wallet, seqno));
  const std::vector<std::string> all = Times("a", wallet.address);
  ASSERT_EQ(all.size(), 4u);
  const std::vector<std::string> gapped = {all[0], all[2], all[3]};
  Fault({{"name", "history_gap"}, {"ms", 60000}, {"provider", "b"}});
  EXPECT_EQ(Times("b", wallet.address), gapped);
  EXPECT_EQ(TimesV2("b", wallet.address), gapped);
  EXPECT_EQ(Times("a", wallet.address), all);
  // It is the same one as the account goes on, and it is only missing from the lists.
  Pay(wallet, 4);
  EXPECT_EQ(Times("b", wallet.address).size(), 4u);
  EXPECT_EQ(Times("b", wallet.address)[1], all[2]);
  EXPECT_EQ(FoundAt("b", paid[1]), 1u);
  Fault({{"name", "history_gap"}, {"count", 1}, {"lt", all[3]}, {"provider", "b"}});
  EXPECT_EQ(Times("b", wallet.address).size(), 4u);
  EXPECT_EQ(Times("b", wallet.address).size(), 5u);
}

TEST_F(SandboxProviderTest, AStateTimeFarAheadOfItsData) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "provider_lies"}, {"kind", "state_time_ahead"}, {"ms", -1}, {"provider", "b"}});
  Blocks(1);
  Pay(wallet, 0);
  const json honest = Information("a", wallet.address);
  const json lie = Information("b", wallet.address);
  EXPECT_EQ(SeqnoAt("a", wallet.address), 1u);
  EXPECT_EQ(SeqnoAt("b", wallet.address), 0u);
  EXPECT_GT(lie.at("sync_utime").get<int64_t>(), honest.at("sync_utime").get<int64_t>() + 3000);
  EXPECT_GT(lie.at("block_id").at("seqno").get<int64_t>(),
            honest.at("block_id").at("seqno").get<int64_t>() + 5000);
  EXPECT_EQ(lie.at("balance"), "1000000000");
}

TEST_F(SandboxProviderTest, ASeqnoThatGoesBackNowAndThen) {
  const TestWallet wallet = Mint("1000000000");
  Blocks(1);
  Pay(wallet, 0);
  Blocks(1);
  Pay(wallet, 1);
  Fault({{"name", "provider_lies"}, {"kind", "seqno_back"}, {"ms", 60000}, {"provider", "c"}});
  std::vector<uint32_t> seen;
  for (int i = 0; i < 4; ++i) seen.push_back(SeqnoAt("c", wallet.address));
  EXPECT_EQ(seen, (std::vector<uint32_t>{2, 1, 2, 1}));
  EXPECT_EQ(SeqnoAt("a", wallet.address), 2u);
}

TEST_F(SandboxProviderTest, SearchesByHashThatFindNothing) {
  const TestWallet wallet = Mint("1000000000");
  const auto transfer = Pay(wallet, 0);
  Fault({{"name", "provider_lies"}, {"kind", "no_transactions"}, {"provider", "b"}});
  EXPECT_EQ(FoundAt("b", transfer), 0u);
  const std::string hash = ton::HexOf(transfer.normalized_hash);
  EXPECT_EQ(Read("b", "/api/v3/traces?msg_hash=" + hash).at("traces").size(), 0u);
  EXPECT_EQ(Read("b", "/api/v3/messages?msg_hash=" + hash).at("messages").size(), 0u);
  EXPECT_EQ(Times("b", wallet.address).size(), 1u);
  EXPECT_EQ(FoundAt("a", transfer), 1u);
  EXPECT_EQ(client_
                ->Post("/sandbox/v1/faults", R"({"name":"provider_lies","kind":"other"})",
                       "application/json")
                ->status,
            400);
}

TEST(SandboxOptions, ProvidersAreRepeatable) {
  const char* const good[] = {"sandbox",     "--listen",   "127.0.0.1:8099", "--provider",
                              "127.0.0.1:0", "--provider", "127.0.0.1:7000"};
  const auto options = ParseOptions(7, good);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->listen.port, 8099);
  ASSERT_EQ(options->providers.size(), 2u);
  EXPECT_EQ(options->providers[1].port, 7000);
  const char* const bad[] = {"sandbox", "--provider", "7000"};
  EXPECT_FALSE(ParseOptions(3, bad).ok());
}

}  // namespace
}  // namespace starlift::sandbox
