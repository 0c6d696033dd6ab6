#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/batching_order_store.h"
#include "base/error.h"
#include "contract/order_examples.h"

namespace starlift::postgres {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

const TenantId kTenant("ten_a");

NewOrder Named(const std::string& name) { return Unpaid(kTenant, name, absl::UnixEpoch()); }

NewOrder Paid(const std::string& name) {
  NewOrder order = Named(name);
  order.payment.emplace();
  return order;
}

// A store whose writes stay under way until they are let go.
class SlowStore final : public OrderStore {
 public:
  std::vector<CreateResult> Create(absl::Span<const NewOrder> orders) override {
    std::unique_lock<std::mutex> lock(mutex_);
    batches_.emplace_back();
    for (const NewOrder& order : orders) batches_.back().push_back(order.created.order.request_id);
    most_at_once_ = std::max(most_at_once_, ++under_way_);
    changed_.notify_all();
    changed_.wait(lock, [this] { return let_go_ > 0; });
    --let_go_;
    --under_way_;
    std::vector<CreateResult> results;
    for (const NewOrder& order : orders) {
      results.push_back({failure_, failure_.ok(), order.created.order, order.fingerprint});
    }
    return results;
  }

  absl::StatusOr<std::optional<StoredOrder>> Find(const TenantId&, const OrderId& id) override {
    StoredOrder stored;
    stored.order.id = id;
    return std::optional<StoredOrder>(stored);
  }
  absl::StatusOr<std::vector<Order>> List(const TenantId&, const OrderFilter&,
                                          const std::optional<OrderCursor>&, int limit) override {
    return std::vector<Order>(static_cast<size_t>(limit));
  }
  absl::StatusOr<bool> Pay(const OrderChange&, const SecuredPayment&) override { return true; }
  absl::StatusOr<bool> EndUnpaid(const OrderChange&) override { return true; }
  absl::StatusOr<std::vector<StoredEvent>> EventsAfter(const TenantId&, const OrderId&, int64_t,
                                                       int limit) override {
    return std::vector<StoredEvent>(static_cast<size_t>(limit));
  }

  void LetGo(int writes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    let_go_ += writes;
    changed_.notify_all();
  }
  void AwaitBatches(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return batches_.size() >= count; });
  }
  void FailWith(const absl::Status& failure) {
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = failure;
  }
  std::vector<std::vector<std::string>> batches() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return batches_;
  }
  int most_at_once() const { return most_at_once_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<std::string>> batches_;
  absl::Status failure_;
  int let_go_ = 0;
  int under_way_ = 0;
  int most_at_once_ = 0;
};

// Calls of Create, each in a thread of its own, in a known order.
class PostgresBatchingTest : public testing::Test {
 protected:
  using Answer = std::future<std::vector<CreateResult>>;

  Answer Begin(std::vector<NewOrder> orders) {
    return std::async(std::launch::async,
                      [this, orders = std::move(orders)] { return store_.Create(orders); });
  }
  // Begins a call that must be written at once.
  Answer BeginWriting(const std::string& name) {
    const size_t before = inner_.batches().size();
    Answer answer = Begin({Named(name)});
    inner_.AwaitBatches(before + 1);
    return answer;
  }
  // Begins a call that must wait behind others.
  Answer BeginWaiting(std::vector<NewOrder> orders) {
    const size_t before = store_.waiting();
    Answer answer = Begin(std::move(orders));
    while (store_.waiting() == before) std::this_thread::yield();
    return answer;
  }

  SlowStore inner_;
  BatchingOrderStore store_{inner_, {.writers = 2, .most = 4}};
};

TEST_F(PostgresBatchingTest, ALonelyCreateIsWrittenByItsOwnCaller) {
  inner_.LetGo(1);
  const std::vector<NewOrder> orders = {Named("a")};
  const std::vector<CreateResult> results = store_.Create(orders);
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_TRUE(results[0].created);
  EXPECT_THAT(inner_.batches(), ElementsAre(ElementsAre("a")));
}

TEST_F(PostgresBatchingTest, WhoComesMeanwhileGoesTogetherAndIsAnsweredItsOwn) {
  std::vector<Answer> answers;
  answers.push_back(BeginWriting("a"));
  answers.push_back(BeginWriting("b"));
  answers.push_back(BeginWaiting({Named("c")}));
  answers.push_back(BeginWaiting({Named("d"), Named("e")}));
  answers.push_back(BeginWaiting({Named("f")}));
  inner_.LetGo(1);
  inner_.AwaitBatches(3);
  EXPECT_EQ(store_.waiting(), 0u);
  inner_.LetGo(2);
  std::vector<std::vector<std::string>> told;
  for (Answer& answer : answers) {
    told.emplace_back();
    for (const CreateResult& result : answer.get()) {
      EXPECT_TRUE(result.status.ok());
      told.back().push_back(result.order.request_id);
    }
  }
  EXPECT_THAT(told, ElementsAre(ElementsAre("a"), ElementsAre("b"), ElementsAre("c"),
                                ElementsAre("d", "e"), ElementsAre("f")));
  EXPECT_THAT(inner_.batches(),
              ElementsAre(ElementsAre("a"), ElementsAre("b"), ElementsAre("c", "d", "e", "f")));
}

TEST_F(PostgresBatchingTest, ABatchHoldsNoMoreThanItMay) {
  std::vector<Answer> answers;
  answers.push_back(BeginWriting("a"));
  answers.push_back(BeginWriting("b"));
  for (const char* name : {"c", "d", "e", "f"}) answers.push_back(BeginWaiting({Named(name)}));
  // More than a batch: alone, but not refused.
  answers.push_back(BeginWaiting({Named("1"), Named("2"), Named("3"), Named("4"), Named("5")}));
  answers.push_back(BeginWaiting({Named("g")}));
  inner_.LetGo(1);
  inner_.AwaitBatches(3);
  inner_.LetGo(1);
  inner_.AwaitBatches(4);
  inner_.LetGo(1);
  inner_.AwaitBatches(5);
  inner_.LetGo(2);
  for (Answer& answer : answers) answer.wait();
  EXPECT_THAT(inner_.batches(),
              ElementsAre(ElementsAre("a"), ElementsAre("b"), ElementsAre("c", "d", "e", "f"),
                          ElementsAre("1", "2", "3", "4", "5"), ElementsAre("g")));
  EXPECT_EQ(inner_.most_at_once(), 2);
}

TEST_F(PostgresBatchingTest, AFailureIsToldToEveryCallerOfTheBatch) {
  Answer a = BeginWriting("a");
  Answer b = BeginWriting("b");
  Answer c = BeginWaiting({Named("c")});
  Answer d = BeginWaiting({Named("d")});
  inner_.FailWith(Fail(Reason::kStorageUnavailable, "gone"));
  inner_.LetGo(4);
  for (Answer* answer : {&a, &b, &c, &d}) {
    const std::vector<CreateResult> results = answer->get();
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_EQ(ReasonOf(results[0].status), Reason::kStorageUnavailable);
  }
  // The store works on when its database is back.
  inner_.FailWith(absl::OkStatus());
  inner_.LetGo(1);
  EXPECT_TRUE(Begin({Named("e")}).get()[0].created);
}

TEST_F(PostgresBatchingTest, AnOrderWithItsPaymentWaitsForNobody) {
  Answer a = BeginWriting("a");
  Answer b = BeginWriting("b");
  Answer waits = BeginWaiting({Named("c")});
  Answer paid = Begin({Paid("p")});
  inner_.AwaitBatches(3);
  EXPECT_EQ(store_.waiting(), 1u);
  inner_.LetGo(100);
  for (Answer* answer : {&a, &b, &waits, &paid}) EXPECT_TRUE(answer->get()[0].created);
  EXPECT_THAT(inner_.batches()[2], ElementsAre("p"));
}

TEST_F(PostgresBatchingTest, EverythingElseGoesStraightThrough) {
  Answer a = BeginWriting("a");
  Answer b = BeginWriting("b");
  EXPECT_EQ((*store_.Find(kTenant, OrderId("ord_1")))->order.id, OrderId("ord_1"));
  EXPECT_THAT(*store_.List(kTenant, {}, std::nullopt, 3), SizeIs(3));
  EXPECT_TRUE(*store_.Pay({}, {}));
  EXPECT_TRUE(*store_.EndUnpaid({}));
  EXPECT_THAT(*store_.EventsAfter(kTenant, OrderId("ord_1"), 0, 2), SizeIs(2));
  inner_.LetGo(2);
}

// Many callers at once: each is answered exactly its own, and nobody is left behind at the end.
TEST(PostgresBatchingLoadTest, NobodyIsLeftBehind) {
  constexpr int kCallers = 16, kCalls = 200;
  SlowStore inner;
  inner.LetGo(kCallers * kCalls);
  BatchingOrderStore store(inner);
  std::vector<std::thread> callers;
  std::atomic<int> right = 0;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int call = 0; call < kCalls; ++call) {
        const std::vector<NewOrder> orders = {Named(absl::StrCat(caller, "-", call))};
        const std::vector<CreateResult> results = store.Create(orders);
        right += results.size() == 1 &&
                 results[0].order.request_id == orders[0].created.order.request_id;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(right, kCallers * kCalls);
  EXPECT_EQ(store.waiting(), 0u);
  EXPECT_LE(inner.most_at_once(), 2);
}

}  // namespace
}  // namespace starlift::postgres
