#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "adapters/rpc/authenticator.h"
#include "adapters/rpc/call.h"
#include "adapters/rpc/change_feed.h"
#include "adapters/rpc/executor.h"
#include "adapters/rpc/key_stretching.h"
#include "adapters/rpc/order_follower.h"
#include "adapters/rpc/page_token.h"
#include "adapters/rpc/price_memory.h"
#include "adapters/rpc/probe_breaker.h"
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

TEST(RpcKeyStretchingTest, SaysThatItIsBusy) {
  BoundedKeyStretcher stretcher(1, 1);
  SystemRandom random;
  const std::vector<Secret> words = ton::NewMnemonic(random);
  std::vector<std::future<Reason>> answers;
  for (int i = 0; i < 16; ++i) {
    answers.push_back(std::async(
        std::launch::async, [&] { return ReasonOf(stretcher.Stretch(words, Secret()).status()); }));
  }
  int done = 0, busy = 0;
  for (auto& answer : answers) {
    const Reason reason = answer.get();
    done += reason == Reason::kNone;
    busy += reason == Reason::kKeyStretchingBusy;
  }
  EXPECT_GE(done, 1);
  EXPECT_GE(busy, 1);
  EXPECT_EQ(done + busy, 16);
}

TEST(RpcProbeBreakerTest, PausesAfterThreeTimeoutsInARow) {
  ManualClock clock;
  ProbeBreaker breaker(clock);
  const auto ask = [&breaker](bool timed_out) {
    if (!breaker.MayAsk()) return false;
    breaker.Ended(timed_out);
    return true;
  };
  for (bool timed_out : {true, true, false, true, true, true}) EXPECT_TRUE(ask(timed_out));
  EXPECT_FALSE(ask(true));
  clock.Advance(absl::Milliseconds(999));
  EXPECT_FALSE(ask(true));
  clock.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(breaker.MayAsk());
  EXPECT_FALSE(breaker.MayAsk());  // one tries for all
  breaker.Ended(true);
  clock.Advance(absl::Milliseconds(999));
  EXPECT_FALSE(breaker.MayAsk());
  clock.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(ask(false));
  EXPECT_TRUE(ask(true));
  EXPECT_TRUE(ask(true));
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
  for (const std::string& wrong :
       {std::string("Bearer x"), bearer, bearer + std::string(300, 'x')}) {
    const absl::Status status = authenticator.Check(wrong).status();
    EXPECT_EQ(ReasonOf(status), Reason::kApiKeyInvalid);
    EXPECT_EQ(status.message(), "The API key is not valid.");
  }
  NewTenant tenant;
  tenant.id = TenantId("ten_a");
  tenant.key.id = key.id;
  const auto hash = ApiKeyHash(key.text.RevealString(), Key(3));
  tenant.key.hash.assign(hash.begin(), hash.end());
  tenant.key.expires_at = clock.Now() + absl::Seconds(3);
  ASSERT_TRUE(keys.CreateTenant(tenant).ok());
  ASSERT_TRUE(authenticator.Check(bearer).ok());
  EXPECT_EQ(authenticator.Check(bearer)->tenant.value(), "ten_a");
  std::string similar = bearer;
  similar.back() = similar.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(authenticator.Check(similar).status().message(), "The API key is not valid.");
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

TEST_F(ChangeFeedTest, DeadlinesAreKeptWhateverTheCrowd) {
  for (int i = 0; i < 500; ++i) Follow("a");
  const uint64_t first = Follow("b", clock_.Now() + absl::Seconds(1));
  for (int i = 0; i < 99; ++i) Follow("b", clock_.Now() + absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  feed_.Tick();
  EXPECT_EQ(Woken(), 120);
  feed_.Tick();
  EXPECT_EQ(Woken(), 20);
  // Whoever did not end is told again.
  feed_.Unfollow(first);
  clock_.Advance(absl::Seconds(1));
  feed_.Tick();
  EXPECT_EQ(Woken(), 119);
}

TEST_F(ChangeFeedTest, OneTenantLeavesRoomForOthers) {
  ChangeFeed feed(clock_, 2);
  std::vector<uint64_t> followers;
  for (int i = 0; i < 4; ++i) {
    followers.push_back(feed.Follow("a", absl::InfiniteFuture(), [] {}));
  }
  const TenantId tenant("ten_a");
  EXPECT_TRUE(feed.Claim(followers[0], tenant));
  EXPECT_TRUE(feed.Claim(followers[1], tenant));
  EXPECT_TRUE(feed.Claim(followers[1], tenant));
  EXPECT_FALSE(feed.Claim(followers[2], tenant));
  EXPECT_TRUE(feed.Claim(followers[3], TenantId("ten_b")));
  feed.Unfollow(followers[0]);
  EXPECT_TRUE(feed.Claim(followers[2], tenant));
}

TEST_F(ChangeFeedTest, AFollowerThatEndsAtOnceLeavesNothingBehind) {
  Executor executor(2, 100);
  for (int i = 0; i < 200; ++i) {
    std::promise<void> ended;
    auto follower = std::make_shared<OrderFollower>(executor, feed_, [&ended] {
      ended.set_value();
      return true;
    });
    std::thread notifier([this] { feed_.Notify("a"); });
    ASSERT_TRUE(follower->Start("a", absl::InfiniteFuture()));
    notifier.join();
    ended.get_future().wait();
  }
  // The last step's end comes a moment after it was told of.
  for (int i = 0; i < 1000 && feed_.size() > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(feed_.size(), 0u);
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
