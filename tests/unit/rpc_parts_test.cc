#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "adapters/rpc/authenticator.h"
#include "adapters/rpc/call.h"
#include "adapters/rpc/change_feed.h"
#include "adapters/rpc/executor.h"
#include "adapters/rpc/key_stretching.h"
#include "adapters/rpc/order_follower.h"
#include "adapters/rpc/page_token.h"
#include "adapters/rpc/price_memory.h"
#include "adapters/rpc/quote_client.h"
#include "base/error.h"
#include "base/random.h"
#include "fakes/fake_key_store.h"
#include "fakes/fake_price_book.h"
#include "fakes/manual_clock.h"

namespace starlift::rpc {
namespace {

Secret Key(uint8_t byte) { return Secret(std::vector<uint8_t>(32, byte)); }

TEST(RpcExecutorTest, RefusesWhatDoesNotFitAndFinishesTheRest) {
  std::atomic<int> ran = 0;
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::promise<void> started;
  {
    Executor executor(1, 1);
    ASSERT_TRUE(executor.TryRun([&] {
      started.set_value();
      open.wait();
      ++ran;
    }));
    started.get_future().wait();
    EXPECT_TRUE(executor.TryRun([&] { ++ran; }));
    EXPECT_FALSE(executor.TryRun([&] { ++ran; }));
    gate.set_value();
  }
  EXPECT_EQ(ran, 2);
}

TEST(RpcKeyStretchingTest, PassesTheFaultOn) {
  BoundedKeyStretcher stretcher(1, 1);
  EXPECT_TRUE(absl::IsInvalidArgument(stretcher.Stretch({}, Secret()).status()));
}

TEST(RpcPageTokenTest, FitsOnlyItsOwnListing) {
  const PageTokens tokens(Key(1));
  const TenantId tenant("ten_a");
  OrderFilter filter;
  filter.state = OrderState::kPaid;
  const OrderCursor cursor{absl::FromUnixMicros(1'800'000'000'000'001), "ord_1"};
  const std::string token = tokens.Make(tenant, filter, cursor);
  const auto read = tokens.Read(token, tenant, filter);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->id, "ord_1");
  EXPECT_EQ(read->created_at, cursor.created_at);
  OrderFilter other = filter;
  other.request_id = "r";
  EXPECT_EQ(ReasonOf(tokens.Read(token, tenant, other).status()), Reason::kInvalidPageToken);
  EXPECT_FALSE(tokens.Read(token, tenant, OrderFilter()).ok());
  EXPECT_FALSE(tokens.Read(token, TenantId("ten_b"), filter).ok());
  EXPECT_FALSE(PageTokens(Key(2)).Read(token, tenant, filter).ok());
  std::string forged = token;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(tokens.Read(forged.substr(0, forged.size() - 2) + "xx", tenant, filter).ok());
  for (const char* bad : {"x", "!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_FALSE(tokens.Read(bad, tenant, filter).ok()) << bad;
  }
}

TEST(RpcAuthenticatorTest, RemembersAGoodKeyForAFewSeconds) {
  SystemRandom random;
  ManualClock clock;
  FakeKeyStore keys;
  Authenticator authenticator(keys, Key(3), clock);
  const NewApiKey key = MakeApiKey(random);
  const std::string bearer = "Bearer " + std::string(key.text.RevealString());
  EXPECT_EQ(ReasonOf(authenticator.Check("").status()), Reason::kApiKeyMissing);
  EXPECT_EQ(ReasonOf(authenticator.Check("Basic x").status()), Reason::kApiKeyMissing);
  EXPECT_EQ(ReasonOf(authenticator.Check("Bearer x").status()), Reason::kApiKeyInvalid);
  EXPECT_EQ(ReasonOf(authenticator.Check(bearer).status()), Reason::kApiKeyInvalid);
  NewTenant tenant;
  tenant.id = TenantId("ten_a");
  tenant.key.id = key.id;
  const auto hash = ApiKeyHash(key.text.RevealString(), Key(3));
  tenant.key.hash.assign(hash.begin(), hash.end());
  tenant.key.expires_at = clock.Now() + absl::Seconds(3);
  ASSERT_TRUE(keys.CreateTenant(tenant).ok());
  ASSERT_TRUE(authenticator.Check(bearer).ok());
  EXPECT_EQ(authenticator.Check(bearer)->tenant.value(), "ten_a");
  clock.Advance(absl::Seconds(4));
  EXPECT_TRUE(authenticator.Check(bearer).ok());
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(ReasonOf(authenticator.Check(bearer).status()), Reason::kApiKeyExpired);
}

TEST(RpcTraceTest, TakesOnlyWhatW3cWrites) {
  const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_TRUE(IsTraceparent(good));
  EXPECT_EQ(TraceId(good), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_FALSE(IsTraceparent("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  EXPECT_FALSE(IsTraceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01"));
  EXPECT_FALSE(IsTraceparent(good + "0"));
  EXPECT_EQ(TraceId("x"), "");
}

TEST(RpcPriceMemoryTest, AsksOnceASecondAndGrowsOlder) {
  ManualClock clock;
  FakePriceBook book(clock);
  PriceMemory memory(book, clock);
  EXPECT_FALSE(memory.Latest()->has_value());
  ASSERT_TRUE(book.Replace({{}, "1", {}}).ok());
  EXPECT_EQ(memory.Latest()->value().table.usd_per_ton, "1");
  ASSERT_TRUE(book.Replace({{}, "2", {}}).ok());
  clock.Advance(absl::Milliseconds(900));
  EXPECT_EQ(memory.Latest()->value().table.usd_per_ton, "1");
  EXPECT_EQ(memory.Latest()->value().age, absl::Milliseconds(900));
  clock.Advance(absl::Milliseconds(100));
  EXPECT_EQ(memory.Latest()->value().table.usd_per_ton, "2");
}

TEST(RpcTargetTest, SpellsTargetsAsGrpcDoes) {
  EXPECT_EQ(TargetUri({"10.0.0.1:1", "10.0.0.2:1"}), "ipv4:10.0.0.1:1,10.0.0.2:1");
  EXPECT_EQ(TargetUri({"[::1]:1"}), "ipv6:[::1]:1");
  EXPECT_EQ(TargetUri({"quote.svc:1"}), "dns:///quote.svc:1");
}

class ChangeFeedTest : public testing::Test {
 protected:
  uint64_t Follow(absl::string_view order, absl::Time deadline = absl::InfiniteFuture()) {
    return feed_.Follow(order, deadline, [this] { ++woken_; });
  }
  int Woken() { return std::exchange(woken_, 0); }
  ManualClock clock_;
  ChangeFeed feed_{clock_};
  int woken_ = 0;
};

TEST_F(ChangeFeedTest, WakesThoseWhoFollowTheOrder) {
  Follow("a");
  Follow("a");
  const uint64_t other = Follow("b");
  feed_.Notify("a");
  EXPECT_EQ(Woken(), 2);
  feed_.Unfollow(other);
  feed_.Notify("b");
  feed_.Notify("c");
  EXPECT_EQ(Woken(), 0);
}

TEST_F(ChangeFeedTest, WakesEverySecondAndAtTheDeadline) {
  Follow("a", clock_.Now() + absl::Milliseconds(1500));
  feed_.Tick();
  EXPECT_EQ(Woken(), 0);
  clock_.Advance(absl::Seconds(1));
  feed_.Tick();
  feed_.Tick();
  EXPECT_EQ(Woken(), 1);
  clock_.Advance(absl::Milliseconds(500));
  feed_.Tick();
  EXPECT_EQ(Woken(), 1);
  clock_.Advance(absl::Milliseconds(500));
  feed_.Tick();
  EXPECT_EQ(Woken(), 0);
}

TEST_F(ChangeFeedTest, ManyFollowersSpreadOverTheTicks) {
  for (int i = 0; i < 50; ++i) Follow("a");
  clock_.Advance(absl::Seconds(1));
  feed_.Tick();
  EXPECT_EQ(Woken(), 20);
  feed_.Tick();
  feed_.Tick();
  EXPECT_EQ(Woken(), 30);
  feed_.Missed();
  feed_.Tick();
  EXPECT_EQ(Woken(), 20);
  feed_.Shutdown();
  EXPECT_EQ(Woken(), 50);
  EXPECT_TRUE(feed_.shutting_down());
}

TEST_F(ChangeFeedTest, AFollowerStepsOneAtATimeUntilItIsDone) {
  std::atomic<int> steps = 0, running = 0;
  std::promise<void> ended;
  Executor executor(4, 100);
  auto follower = std::make_shared<OrderFollower>(executor, feed_, [&] {
    EXPECT_EQ(++running, 1);
    const bool last = ++steps == 3;
    --running;
    if (last) ended.set_value();
    return last;
  });
  ASSERT_TRUE(follower->Start("a", absl::InfiniteFuture()));
  auto end = ended.get_future();
  while (end.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
    follower->Poke();
    feed_.Notify("a");
  }
  follower->Poke();
  EXPECT_EQ(steps, 3);
}

}  // namespace
}  // namespace starlift::rpc
