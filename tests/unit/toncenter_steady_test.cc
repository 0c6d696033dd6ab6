#include <gtest/gtest.h>

#include "adapters/toncenter/steady_chain.h"
#include "base/error.h"

namespace starlift::toncenter {
namespace {

class OneAnswer final : public Chain {
 public:
  SendResult Send(absl::string_view) override { return {}; }
  absl::StatusOr<AccountState> Account(absl::string_view) override { return account; }
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

  AccountState account;
};

class SteadyChainTest : public testing::Test {
 protected:
  absl::Status Show(int64_t last_lt, int64_t seconds, absl::string_view address = "0:aa") {
    behind_.account.last_lt = last_lt;
    behind_.account.state_time = absl::FromUnixSeconds(seconds);
    return steady_.Account(address).status();
  }

  OneAnswer behind_;
  SteadyChain steady_{"a", behind_};
};

TEST_F(SteadyChainTest, WhatIsAsNewOrNewerIsBelieved) {
  EXPECT_EQ(steady_.newest_state_time(), absl::InfinitePast());
  EXPECT_TRUE(Show(5, 100).ok());
  EXPECT_TRUE(Show(5, 100).ok());
  EXPECT_TRUE(Show(5, 101).ok());
  EXPECT_TRUE(Show(6, 101).ok());
  EXPECT_EQ(steady_.newest_state_time(), absl::FromUnixSeconds(101));
}

TEST_F(SteadyChainTest, AnOlderTransactionOrAnOlderTimeIsNoAnswer) {
  ASSERT_TRUE(Show(5, 100).ok());
  for (const auto& [lt, seconds] : {std::pair{4, 101}, std::pair{5, 99}, std::pair{6, 99}}) {
    EXPECT_EQ(ReasonOf(Show(lt, seconds)), Reason::kChainUnavailable) << lt << " " << seconds;
  }
  // What was refused moved nothing.
  EXPECT_TRUE(Show(5, 100).ok());
  EXPECT_EQ(steady_.newest_state_time(), absl::FromUnixSeconds(100));
}

TEST_F(SteadyChainTest, EachAccountHasItsOwnHead) {
  ASSERT_TRUE(Show(5, 100).ok());
  EXPECT_TRUE(Show(1, 50, "0:bb").ok());
  EXPECT_FALSE(Show(1, 50).ok());
}

}  // namespace
}  // namespace starlift::toncenter
