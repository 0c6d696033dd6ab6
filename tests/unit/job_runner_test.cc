#include "services/worker/job_runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace starlift {
namespace {

constexpr absl::Duration kSoon = absl::Milliseconds(60);

WorkItem Order(const std::string& id) { return {WorkItem::Kind::kOrder, id}; }

class JobRunnerTest : public testing::Test {
 protected:
  void Start(int threads, JobRunner::Step step) {
    runner_ = std::make_unique<JobRunner>(threads, clock_, std::move(step));
  }

  // Waits for another thread, ten seconds at most.
  void Await(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < until) {
      happened_.wait_for(lock, std::chrono::milliseconds(2));
    }
    EXPECT_LT(std::chrono::steady_clock::now(), until);
  }
  void Pause(absl::Duration duration) {
    const absl::Time until = clock_.Now() + duration;
    Await([&] { return clock_.Now() >= until; });
  }

  const SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable happened_;
  std::atomic<int> runs_ = 0;
  std::unique_ptr<JobRunner> runner_;
};

TEST_F(JobRunnerTest, RunsWhatIsSubmittedAndForgetsIt) {
  std::set<std::string> seen;
  Start(2, [&](const WorkItem& item) {
    const std::lock_guard lock(mutex_);
    seen.insert(absl::StrCat(static_cast<int>(item.kind), item.id));
    ++runs_;
    return absl::InfiniteFuture();
  });
  runner_->Submit(Order("a"));
  runner_->Submit(Order("b"));
  runner_->Submit({WorkItem::Kind::kLane, "a"});
  Await([&] { return runs_ == 3 && runner_->waiting() == 0; });
  EXPECT_EQ(seen, (std::set<std::string>{"0a", "0b", "1a"}));
}

TEST_F(JobRunnerTest, ComesBackWhenTheStepSaysSo) {
  absl::Time first, second;
  Start(1, [&](const WorkItem&) {
    (++runs_ == 1 ? first : second) = clock_.Now();
    return runs_ == 1 ? clock_.Now() + kSoon : absl::InfiniteFuture();
  });
  runner_->Submit(Order("a"));
  Await([&] { return runs_ == 2 && runner_->waiting() == 0; });
  EXPECT_GE(second - first, kSoon);
}

TEST_F(JobRunnerTest, LeavesTheDistantFutureToTheDatabase) {
  Start(1, [&](const WorkItem&) {
    ++runs_;
    return clock_.Now() + absl::Hours(1);
  });
  runner_->Submit(Order("a"));
  Await([&] { return runs_ == 1 && runner_->waiting() == 0; });
}

TEST_F(JobRunnerTest, NeverRunsAnItemTwiceAtOnceButOnceMore) {
  std::atomic<int> at_once = 0, most = 0;
  std::atomic<bool> go_on = false;
  Start(4, [&](const WorkItem&) {
    most = std::max<int>(most, ++at_once);
    ++runs_;
    while (!go_on) std::this_thread::yield();
    --at_once;
    return absl::InfiniteFuture();
  });
  runner_->Submit(Order("a"));
  Await([&] { return runs_ == 1; });
  for (int i = 0; i < 5; ++i) runner_->Submit(Order("a"));
  Pause(absl::Milliseconds(20));
  EXPECT_EQ(runs_, 1);
  go_on = true;
  Await([&] { return runner_->waiting() == 0; });
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(most, 1);
}

TEST_F(JobRunnerTest, DifferentItemsRunAtOnce) {
  std::atomic<int> at_once = 0;
  Start(3, [&](const WorkItem&) {
    ++at_once;
    const absl::Time until = clock_.Now() + absl::Seconds(10);
    while (at_once < 3 && clock_.Now() < until) std::this_thread::yield();
    ++runs_;
    return absl::InfiniteFuture();
  });
  for (const char* id : {"a", "b", "c"}) runner_->Submit(Order(id));
  Await([&] { return runs_ == 3; });
  EXPECT_EQ(at_once, 3);
}

// The database says that it is too early; the time that was planned still stands.
TEST_F(JobRunnerTest, AWakeUpThatFindsNothingKeepsThePlannedTime) {
  Start(1, [&](const WorkItem&) {
    return ++runs_ == 1 ? clock_.Now() + kSoon : absl::InfiniteFuture();
  });
  runner_->Submit(Order("a"));
  Await([&] { return runs_ == 1; });
  Pause(absl::Milliseconds(5));
  runner_->Submit(Order("a"));
  Await([&] { return runs_ == 3; });
}

TEST_F(JobRunnerTest, AWakeUpDuringTheStepKeepsTheTimeThatTheStepPlans) {
  std::atomic<bool> go_on = false;
  Start(1, [&](const WorkItem&) {
    const bool first = ++runs_ == 1;
    while (!go_on) std::this_thread::yield();
    return first ? clock_.Now() + kSoon : absl::InfiniteFuture();
  });
  runner_->Submit(Order("a"));
  Await([&] { return runs_ == 1; });
  runner_->Submit(Order("a"));
  go_on = true;
  Await([&] { return runs_ == 3 || runner_->waiting() == 0; });
  EXPECT_EQ(runs_, 3);
}

TEST_F(JobRunnerTest, RunsInTheOrderOfTheirTimesAndOfTheirArrivalAmongEquals) {
  std::vector<std::string> order;
  std::atomic<bool> go_on = false;
  Start(1, [&](const WorkItem& item) {
    while (!go_on) std::this_thread::yield();
    const std::lock_guard lock(mutex_);
    const bool again = std::count(order.begin(), order.end(), item.id) > 0;
    order.push_back(item.id);
    ++runs_;
    if (again || item.id == "first") return absl::InfiniteFuture();
    return clock_.Now() + (item.id == "late" ? 2 * kSoon : kSoon);
  });
  for (const char* id : {"first", "late", "b", "a"}) runner_->Submit(Order(id));
  go_on = true;
  Await([&] { return runs_ == 7 && runner_->waiting() == 0; });
  EXPECT_EQ(order, (std::vector<std::string>{"first", "late", "b", "a", "b", "a", "late"}));
}

// Each of ten thousand plans a far time, is pulled forward by a wake-up, and ends. Finding what is
// due by looking at all of them would take some hundred million comparisons.
TEST_F(JobRunnerTest, TenThousandWaitingItemsCostAFewComparisonsEach) {
  constexpr int kItems = 10'000;
  std::atomic<bool> hold = false;
  std::atomic<int> planned = 0;
  Start(2, [&](const WorkItem&) {
    while (hold) std::this_thread::yield();
    ++runs_;
    return clock_.Now() + (++planned <= kItems ? absl::Seconds(20) : absl::Hours(1));
  });
  const auto submit_all = [&] {
    for (int i = 0; i < kItems; ++i) runner_->Submit(Order(absl::StrCat("order", i)));
  };
  submit_all();
  Await([&] { return runs_ == kItems; });
  EXPECT_EQ(runner_->waiting(), size_t{kItems});
  hold = true;
  submit_all();
  submit_all();  // a wake-up of what is due already changes nothing
  hold = false;
  // Those that the first two wake-ups met while they ran, run once more.
  Await([&] { return runs_ >= 2 * kItems && runner_->waiting() == 0; });
  EXPECT_LE(runs_, 2 * kItems + 2);
  EXPECT_LE(runner_->comparisons(), uint64_t{200} * kItems);
}

TEST_F(JobRunnerTest, StopWaitsForTheStepThatRunsAndStartsNoOther) {
  std::atomic<bool> go_on = false, ended = false;
  Start(1, [&](const WorkItem&) {
    ++runs_;
    while (!go_on) std::this_thread::yield();
    ended = true;
    return clock_.Now();
  });
  runner_->Submit(Order("a"));
  runner_->Submit(Order("b"));
  Await([&] { return runs_ == 1; });
  std::thread stopper([&] {
    runner_->Stop();
    EXPECT_TRUE(ended);
  });
  int probes = 0;  // once it stops, nothing more is taken
  Await([&] {
    const size_t before = runner_->waiting();
    runner_->Submit(Order(absl::StrCat("probe", ++probes)));
    return runner_->waiting() == before;
  });
  go_on = true;
  stopper.join();
  EXPECT_EQ(runs_, 1);
}

}  // namespace
}  // namespace starlift
