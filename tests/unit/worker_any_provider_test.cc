#include "services/worker/any_provider.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fakes/manual_clock.h"

namespace starlift {
namespace {

// Answers with a state of a chosen age, or not at all.
class OneAnswer final : public Chain {
 public:
  SendResult Send(absl::string_view) override { return {}; }
  absl::StatusOr<AccountState> Account(absl::string_view) override {
    ++asked;
    if (down) return Fail(Reason::kChainUnavailable, "down");
    return account;
  }
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(absl::string_view,
                                                                     absl::string_view) override {
    ++asked;
    if (down) return Fail(Reason::kChainUnavailable, "down");
    return std::vector<ChainTransaction>(1);
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view, int64_t,
                                                                  int) override {
    return FindByNormalizedHash("", "");
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view,
                                                                   int) override {
    return FindByNormalizedHash("", "");
  }

  AccountState account;
  bool down = false;
  int asked = 0;
};

class AnyProviderTest : public testing::Test {
 protected:
  AnyProviderTest() {
    first_.account.balance = Units(1);
    second_.account.balance = Units(2);
    first_.account.state_time = second_.account.state_time = clock_.Now();
  }
  int64_t Balance() { return any_.Account("0:aa")->balance.value(); }

  ManualClock clock_;
  OneAnswer first_, second_;
  Providers providers_{{{"a", &first_}, {"b", &second_}}};
  AnyProvider any_{providers_, clock_, absl::Seconds(15)};
};

TEST_F(AnyProviderTest, ThePreferredOneIsAskedAlone) {
  EXPECT_EQ(Balance(), 1);
  EXPECT_EQ(second_.asked, 0);
}

TEST_F(AnyProviderTest, TheNextOneAnswersForOneThatIsDown) {
  first_.down = true;
  EXPECT_EQ(Balance(), 2);
  EXPECT_EQ(any_.FindByNormalizedHash("0:aa", "hash")->size(), 1u);
  EXPECT_EQ(any_.TransactionsAfter("0:aa", 0, 1)->size(), 1u);
  second_.down = true;
  EXPECT_EQ(ReasonOf(any_.Account("0:aa").status()), Reason::kChainUnavailable);
  EXPECT_EQ(ReasonOf(any_.FindByNormalizedHash("0:aa", "hash").status()),
            Reason::kChainUnavailable);
}

TEST_F(AnyProviderTest, OneThatIsBehindIsPassedOver) {
  first_.account.state_time -= absl::Seconds(15);
  EXPECT_EQ(Balance(), 1) << "just young enough";
  first_.account.state_time -= absl::Seconds(1);
  EXPECT_EQ(Balance(), 2);
  second_.down = true;
  EXPECT_EQ(Balance(), 1) << "better old than none";
}

}  // namespace
}  // namespace starlift
