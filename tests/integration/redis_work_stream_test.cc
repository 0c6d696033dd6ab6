#include "adapters/redis/work_stream.h"

#include <hiredis/hiredis.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/redis/change_subscriber.h"
#include "adapters/redis/work_signal.h"

namespace starlift::redis {
namespace {

Order OrderNamed(const char* id) {
  Order order;
  order.id = OrderId(id);
  return order;
}

RedisOptions Address() { return {std::getenv("STARLIFT_TEST_REDIS"), {}}; }

// What happened so far, to wait for.
class Record {
 public:
  void Add(const std::string& what) {
    std::lock_guard<std::mutex> lock(mutex_);
    seen_.push_back(what);
    changed_.notify_all();
  }
  bool Await(size_t count, std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return seen_.size() >= count; });
  }
  std::vector<std::string> seen() {
    std::lock_guard<std::mutex> lock(mutex_);
    return seen_;
  }
  void Clear() {
    std::lock_guard<std::mutex> lock(mutex_);
    seen_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> seen_;
};

// A consumer that runs in a thread of its own.
class Consumer {
 public:
  Consumer(WorkStreamOptions options, std::function<void(const WorkItem&)> handle)
      : stream_(Address(), std::move(options)),
        thread_([this, handle = std::move(handle)] { stream_.Run(handle); }) {}
  ~Consumer() { Stop(); }
  std::chrono::milliseconds Stop() {
    const auto start = std::chrono::steady_clock::now();
    stream_.Stop();
    if (thread_.joinable()) thread_.join();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start);
  }

 private:
  WorkStream stream_;
  std::thread thread_;
};

class RedisWorkStreamTest : public testing::Test {
 protected:
  RedisWorkStreamTest() { Command({"FLUSHALL"}); }

  static Reply Command(const std::vector<absl::string_view>& arguments) {
    auto connection = Connection::Open(Address(), absl::Seconds(1));
    EXPECT_TRUE(connection.ok()) << connection.status();
    auto reply = (*connection)->Call(arguments);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return *std::move(reply);
  }
  static int64_t Length() { return Command({"XLEN", kWorkStream})->integer; }

  std::function<void(const WorkItem&)> Recorder() {
    return [this](const WorkItem& item) {
      record_.Add((item.kind == WorkItem::Kind::kLane ? "lane " : "order ") + item.id);
    };
  }

  Record record_;
};

TEST_F(RedisWorkStreamTest, CarriesWorkFromMakerToTaker) {
  RedisWorkSignal signal(Address());
  Consumer consumer({.consumer = "a"}, Recorder());
  signal.Announce({WorkItem::Kind::kOrder, "ord_1"});
  signal.Announce({WorkItem::Kind::kLane, "0:abc"});
  ASSERT_TRUE(record_.Await(2));
  EXPECT_EQ(record_.seen(), (std::vector<std::string>{"order ord_1", "lane 0:abc"}));
  for (int i = 0; i < 50 && Length() != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(Length(), 0);  // what was handled is gone
  EXPECT_EQ(signal.dropped(), 0);
}

TEST_F(RedisWorkStreamTest, TakesWhatWasThereBeforeItself) {
  { RedisWorkSignal(Address()).Announce({WorkItem::Kind::kOrder, "early"}); }
  Consumer consumer({.consumer = "a"}, Recorder());
  EXPECT_TRUE(record_.Await(1));
}

TEST_F(RedisWorkStreamTest, EachItemGoesToOneConsumer) {
  RedisWorkSignal signal(Address());
  Consumer a({.consumer = "a", .count = 8}, Recorder());
  Consumer b({.consumer = "b"}, Recorder());
  for (int i = 0; i < 500; ++i) {
    signal.Announce({WorkItem::Kind::kOrder, std::to_string(i)});
  }
  ASSERT_TRUE(record_.Await(500));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(record_.seen().size(), 500u);
}

TEST_F(RedisWorkStreamTest, OutlivesALostStreamAndALostGroup) {
  RedisWorkSignal signal(Address());
  Consumer consumer({.consumer = "a"}, Recorder());
  signal.Announce({WorkItem::Kind::kOrder, "first"});
  ASSERT_TRUE(record_.Await(1));
  for (const char* disaster : {"FLUSHALL", "XGROUP", "DEL"}) {
    record_.Clear();
    if (disaster == std::string("FLUSHALL")) Command({"FLUSHALL"});
    if (disaster == std::string("DEL")) Command({"DEL", kWorkStream});
    if (disaster == std::string("XGROUP")) Command({"XGROUP", "DESTROY", kWorkStream, kWorkGroup});
    signal.Announce({WorkItem::Kind::kOrder, disaster});
    EXPECT_TRUE(record_.Await(1)) << disaster;
  }
}

TEST_F(RedisWorkStreamTest, TakesOverWhatADeadConsumerHeld) {
  Command({"XGROUP", "CREATE", kWorkStream, kWorkGroup, "0", "MKSTREAM"});
  Command({"XADD", kWorkStream, "*", "kind", "order", "id", "orphan"});
  Command({"XREADGROUP", "GROUP", kWorkGroup, "dead", "STREAMS", kWorkStream, ">"});
  Consumer consumer({.consumer = "alive",
                     .claim_every = absl::Milliseconds(200),
                     .claim_idle = absl::Milliseconds(300)},
                    Recorder());
  ASSERT_TRUE(record_.Await(1));
  EXPECT_EQ(record_.seen().front(), "order orphan");
}

TEST_F(RedisWorkStreamTest, TakesUpItsOwnLeftoversAfterARestart) {
  Command({"XGROUP", "CREATE", kWorkStream, kWorkGroup, "0", "MKSTREAM"});
  Command({"XADD", kWorkStream, "*", "kind", "lane", "id", "mine"});
  Command({"XREADGROUP", "GROUP", kWorkGroup, "a", "STREAMS", kWorkStream, ">"});
  Consumer consumer({.consumer = "a"}, Recorder());
  EXPECT_TRUE(record_.Await(1));
}

TEST_F(RedisWorkStreamTest, SkipsEntriesThatItCannotRead) {
  Command({"XADD", kWorkStream, "*", "kind", "pigeon", "id", "x"});
  Command({"XADD", kWorkStream, "*", "something", "else"});
  Command({"XADD", kWorkStream, "*", "kind", "order", "id", "good"});
  Consumer consumer({.consumer = "a", .count = 10}, Recorder());
  ASSERT_TRUE(record_.Await(1));
  EXPECT_EQ(record_.seen(), std::vector<std::string>{"order good"});
}

TEST_F(RedisWorkStreamTest, StopsSoonAndLeavesTheGroup) {
  Consumer consumer({.consumer = "a"}, Recorder());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_LT(consumer.Stop().count(), 400);
  EXPECT_EQ(Command({"XINFO", "CONSUMERS", kWorkStream, kWorkGroup})->elements, 0u);
}

TEST_F(RedisWorkStreamTest, ReconnectsWhenItsConnectionIsCut) {
  RedisWorkSignal signal(Address());
  Consumer consumer({.consumer = "a"}, Recorder());
  signal.Announce({WorkItem::Kind::kOrder, "before"});
  ASSERT_TRUE(record_.Await(1));
  Command({"CLIENT", "KILL", "TYPE", "normal"});
  signal.Announce({WorkItem::Kind::kOrder, "after"});
  EXPECT_TRUE(record_.Await(2));
  EXPECT_EQ(signal.dropped(), 0);
}

TEST_F(RedisWorkStreamTest, WithoutRedisCallersDoNotWait) {
  RedisOptions nowhere{"127.0.0.1:1", {}};
  RedisWorkSignal signal(std::move(nowhere));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 30'000; ++i) signal.Announce({WorkItem::Kind::kOrder, "x"});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
  for (int i = 0; i < 200 && signal.connected(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_GT(signal.dropped(), 0);
  EXPECT_FALSE(signal.connected());
}

TEST_F(RedisWorkStreamTest, AWrongPasswordIsAnError) {
  Command({"CONFIG", "SET", "requirepass", "right"});
  EXPECT_FALSE(
      Connection::Open({Address().address, Secret::FromString("wrong")}, absl::Seconds(1)).ok());
  auto right = Connection::Open({Address().address, Secret::FromString("right")}, absl::Seconds(1));
  ASSERT_TRUE(right.ok()) << right.status();
  ASSERT_TRUE((*right)->Call({"CONFIG", "SET", "requirepass", ""}).ok());
}

TEST_F(RedisWorkStreamTest, TellsOfChangesAndOfReconnections) {
  Record resumed;
  ChangeSubscriber subscriber(
      Address(), [this](absl::string_view order) { record_.Add(std::string(order)); },
      [&resumed] { resumed.Add("resumed"); });
  ASSERT_TRUE(resumed.Await(1));
  RedisWorkSignal signal(Address());
  signal.Changed(OrderNamed("ord_1"));
  ASSERT_TRUE(record_.Await(1));
  Command({"CLIENT", "KILL", "TYPE", "pubsub"});
  ASSERT_TRUE(resumed.Await(2));
  signal.Changed(OrderNamed("ord_2"));
  ASSERT_TRUE(record_.Await(2));
  EXPECT_EQ(record_.seen(), (std::vector<std::string>{"ord_1", "ord_2"}));
}

}  // namespace
}  // namespace starlift::redis
