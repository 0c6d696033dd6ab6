#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "adapters/metrics/metrics.h"
#include "adapters/rpc/quote_client.h"
#include "adapters/rpc/quote_service.h"
#include "adapters/rpc/rpc_server.h"
#include "base/error.h"
#include "domain/payment/wallet_reading.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::rpc {
namespace {

class SetMarket final : public PublicMarket {
 public:
  absl::StatusOr<PriceTable> Prices() override { return PriceTable(); }
  absl::StatusOr<std::string> FindRecipient(ProductType, absl::string_view) override {
    return answer;
  }
  absl::StatusOr<std::string> answer = std::string("Alice");
};

class SetChain final : public Chain {
 public:
  SendResult Send(absl::string_view) override { return {}; }
  absl::StatusOr<AccountState> Account(absl::string_view) override {
    // Nobody is answered before so many have asked.
    ++asked;
    for (int i = 0; i < 1000 && asked < together; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (asked < together) return Fail(Reason::kChainUnavailable, "nobody else asked");
    return state;
  }
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(absl::string_view,
                                                                     absl::string_view) override {
    return std::vector<ChainTransaction>();
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view, int64_t,
                                                                  int) override {
    return std::vector<ChainTransaction>();
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view,
                                                                   int) override {
    return std::vector<ChainTransaction>();
  }
  absl::StatusOr<AccountState> state = AccountState();
  std::atomic<int> asked = 0;
  int together = 0;
};

AccountState Wallet() {
  AccountState state;
  state.status = AccountState::Status::kActive;
  state.balance = Units(7);
  state.code = ton::WalletV5Code();
  state.data = ton::WalletV5Data(3, ton::WalletV5Id(ton::kMainnet), {});
  return state;
}

class RpcQuoteTest : public testing::Test {
 protected:
  RpcQuoteTest() {
    DescribeRpcMetrics(&metrics_);
    server_ = *RpcServer::Start({"127.0.0.1:0"}, {MakeQuoteService({floor_, market_, chain_})});
    QuoteClient::Options options;
    options.targets = {absl::StrCat("127.0.0.1:", server_->port())};
    client_ = std::make_unique<QuoteClient>(options, clock_);
  }
  const std::string address_ = "0:" + std::string(64, 'a');
  SystemClock clock_;
  Metrics metrics_{"test", "0"};
  Executor executor_{2, 10};
  CallFloor floor_{executor_, nullptr, metrics_, clock_};
  SetMarket market_;
  SetChain chain_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<QuoteClient> client_;
};

TEST_F(RpcQuoteTest, PassesOnWhatTheMarketSays) {
  RecipientProbe probe = client_->ProbeRecipient(ProductType::kStars, "alice");
  EXPECT_EQ(probe.verdict, RecipientProbe::Verdict::kEligible);
  EXPECT_EQ(probe.display_name, "Alice");
  market_.answer = Fail(Reason::kRecipientNotFound, "no");
  probe = client_->ProbeRecipient(ProductType::kStars, "alice");
  EXPECT_EQ(probe.verdict, RecipientProbe::Verdict::kRefused);
  EXPECT_EQ(ReasonOf(probe.refusal), Reason::kRecipientNotFound);
  market_.answer = Fail(Reason::kFragmentUnavailable, "down");
  EXPECT_EQ(client_->ProbeRecipient(ProductType::kStars, "alice").verdict,
            RecipientProbe::Verdict::kUnknown);
}

TEST_F(RpcQuoteTest, PassesOnWhatTheChainSays) {
  chain_.state = Wallet();
  WalletProbe probe = client_->ProbeWallet(address_);
  EXPECT_TRUE(probe.known);
  EXPECT_EQ(probe.balance, Units(7));
  EXPECT_TRUE(probe.usable.ok());
  chain_.state->status = AccountState::Status::kFrozen;
  EXPECT_EQ(ReasonOf(client_->ProbeWallet(address_).usable), Reason::kWalletUnsupported);
  chain_.state = Fail(Reason::kChainUnavailable, "down");
  EXPECT_FALSE(client_->ProbeWallet(address_).known);
  EXPECT_FALSE(client_->ProbeWallet("not an address").known);
}

TEST_F(RpcQuoteTest, SeveralWalletsAreAskedAboutAtOnce) {
  chain_.state = Wallet();
  chain_.together = 2;
  const auto probes = client_->ProbeWallets({address_, "0:" + std::string(64, 'b')});
  ASSERT_EQ(probes.size(), 2u);
  for (const WalletProbe& probe : probes) {
    EXPECT_TRUE(probe.known);
    EXPECT_TRUE(probe.active);
    EXPECT_EQ(probe.balance, Units(7));
  }
  const auto one_known = client_->ProbeWallets({address_, "not an address"});
  EXPECT_FALSE(one_known[1].known);
}

TEST_F(RpcQuoteTest, AV4R2WalletIsOneToo) {
  AccountState state = Wallet();
  state.code = ton::WalletV4Code();
  state.data = ton::WalletV4Data(3, ton::kWalletV4Id, {});
  chain_.state = state;
  EXPECT_TRUE(client_->ProbeWallet(address_).usable.ok());
}

TEST_F(RpcQuoteTest, NobodyThereIsUnknown) {
  server_->Shutdown(absl::ZeroDuration());
  EXPECT_EQ(client_->ProbeRecipient(ProductType::kStars, "alice").verdict,
            RecipientProbe::Verdict::kUnknown);
  EXPECT_FALSE(client_->ProbeWallet(address_).known);
}

TEST(RpcUsableWalletTest, ObeysItsSignatureAlone) {
  AccountState state;
  EXPECT_TRUE(CheckWalletUsable(state).ok());
  state = Wallet();
  EXPECT_TRUE(CheckWalletUsable(state).ok());
  state.code = *ton::CellBuilder().Build();
  EXPECT_EQ(ReasonOf(CheckWalletUsable(state)), Reason::kWalletUnsupported);
  state = Wallet();
  state.data = *ton::CellBuilder().Build();
  EXPECT_EQ(ReasonOf(CheckWalletUsable(state)), Reason::kWalletUnsupported);
  state.code = nullptr;
  EXPECT_EQ(ReasonOf(CheckWalletUsable(state)), Reason::kWalletUnsupported);
}

}  // namespace
}  // namespace starlift::rpc
