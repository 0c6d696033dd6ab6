#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "adapters/rpc/recipient_memory.h"
#include "base/error.h"
#include "fakes/manual_clock.h"

namespace starlift::rpc {
namespace {

using testing::HasSubstr;

class CountingProbes final : public Probes {
 public:
  RecipientProbe ProbeRecipient(ProductType, absl::string_view username) override {
    ++asked[std::string(username)];
    return answer;
  }
  WalletProbe ProbeWallet(absl::string_view) override {
    ++wallets;
    return {};
  }
  std::vector<WalletProbe> ProbeWallets(absl::Span<const std::string> raw_addresses) override {
    wallets += static_cast<int>(raw_addresses.size());
    return std::vector<WalletProbe>(raw_addresses.size());
  }
  RecipientProbe answer{RecipientProbe::Verdict::kEligible, {}, "Someone"};
  std::map<std::string, int> asked;
  int wallets = 0;
};

class RpcRecipientMemoryTest : public testing::Test {
 protected:
  RecipientProbe Stars(const std::string& name) {
    return memory_.ProbeRecipient(ProductType::kStars, name);
  }

  ManualClock clock_;
  Metrics metrics_{"test", "1"};
  CountingProbes probes_;
  RecipientMemory memory_{probes_, absl::Seconds(60), clock_, metrics_};
};

TEST_F(RpcRecipientMemoryTest, AnEligibleRecipientIsRememberedForItsTimeAndProduct) {
  EXPECT_EQ(Stars("durov").display_name, "Someone");
  clock_.Advance(absl::Seconds(59));
  const RecipientProbe again = Stars("durov");
  EXPECT_EQ(again.verdict, RecipientProbe::Verdict::kEligible);
  EXPECT_EQ(again.display_name, "Someone");
  EXPECT_EQ(probes_.asked["durov"], 1);
  memory_.ProbeRecipient(ProductType::kPremium, "durov");
  EXPECT_EQ(probes_.asked["durov"], 2);
  clock_.Advance(absl::Seconds(1));
  Stars("durov");
  EXPECT_EQ(probes_.asked["durov"], 3);
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("starlift_recipient_probes_total{outcome=\"remembered\"} 1"));
}

TEST_F(RpcRecipientMemoryTest, RefusalsAndDoubtsAreNeverRemembered) {
  probes_.answer = {RecipientProbe::Verdict::kRefused, Fail(Reason::kRecipientNotFound, "nobody"),
                    ""};
  EXPECT_EQ(Stars("durov").verdict, RecipientProbe::Verdict::kRefused);
  probes_.answer = {};
  EXPECT_EQ(Stars("durov").verdict, RecipientProbe::Verdict::kUnknown);
  Stars("durov");
  EXPECT_EQ(probes_.asked["durov"], 3);
}

TEST_F(RpcRecipientMemoryTest, AClockThatWasSetBackMakesNothingLast) {
  Stars("durov");
  clock_.Advance(-absl::Hours(1));
  Stars("durov");
  EXPECT_EQ(probes_.asked["durov"], 2);
}

TEST_F(RpcRecipientMemoryTest, TheOldestGoesWhenItIsFull) {
  Stars("oldest");
  for (size_t i = 0; i < RecipientMemory::kMost; ++i) Stars(absl::StrCat("user_", i));
  Stars("user_0");
  EXPECT_EQ(probes_.asked["user_0"], 1);
  Stars("oldest");
  EXPECT_EQ(probes_.asked["oldest"], 2);
}

TEST_F(RpcRecipientMemoryTest, ZeroSecondsRememberNothingAndWalletsAreAskedAlways) {
  Metrics metrics("test", "1");
  RecipientMemory none(probes_, absl::ZeroDuration(), clock_, metrics);
  none.ProbeRecipient(ProductType::kStars, "durov");
  none.ProbeRecipient(ProductType::kStars, "durov");
  EXPECT_EQ(probes_.asked["durov"], 2);
  memory_.ProbeWallet("0:00");
  memory_.ProbeWallet("0:00");
  EXPECT_EQ(probes_.wallets, 2);
}

}  // namespace
}  // namespace starlift::rpc
