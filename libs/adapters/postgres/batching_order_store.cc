#include "adapters/postgres/batching_order_store.h"

#include <algorithm>
#include <condition_variable>
#include <utility>

#include "base/check.h"

namespace starlift::postgres {

// A call under way, on its caller's stack. It has a lock of its own, so that a batch that ends does
// not send all its callers to one lock at once.
class BatchingOrderStore::Caller {
 public:
  enum class Turn { kWaits, kWrites, kAnswered };

  explicit Caller(absl::Span<const NewOrder> asked) : orders(asked) {}

  Turn Await() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return turn_ != Turn::kWaits; });
    return turn_;
  }
  // The caller may be gone as soon as the lock is let go, so it is told while the lock is held.
  void Give(Turn turn) {
    const std::lock_guard<std::mutex> lock(mutex_);
    turn_ = turn;
    changed_.notify_one();
  }

  const absl::Span<const NewOrder> orders;
  std::vector<CreateResult> results;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Turn turn_ = Turn::kWaits;
};

std::vector<CreateResult> BatchingOrderStore::Create(absl::Span<const NewOrder> orders) {
  const bool paid = std::any_of(orders.begin(), orders.end(),
                                [](const NewOrder& order) { return order.payment.has_value(); });
  if (paid) return inner_.Create(orders);
  Caller self(orders);
  if (!TakePlace(&self) && self.Await() == Caller::Turn::kAnswered) return std::move(self.results);
  const std::vector<Caller*> batch = Gather(&self);
  Write(batch);
  // The next batch is more urgent than these answers: callers already wait for it.
  PassPlaceOn();
  for (Caller* caller : batch) {
    if (caller != &self) caller->Give(Caller::Turn::kAnswered);
  }
  return std::move(self.results);
}

size_t BatchingOrderStore::waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return waiting_.size();
}

bool BatchingOrderStore::TakePlace(Caller* self) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (writing_ < options_.writers) {
    ++writing_;
    return true;
  }
  waiting_.push_back(self);
  return false;
}

std::vector<BatchingOrderStore::Caller*> BatchingOrderStore::Gather(Caller* self) {
  std::vector<Caller*> batch = {self};
  size_t orders = self->orders.size();
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!waiting_.empty() && orders + waiting_.front()->orders.size() <= options_.most) {
    orders += waiting_.front()->orders.size();
    batch.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return batch;
}

void BatchingOrderStore::Write(const std::vector<Caller*>& batch) {
  if (batch.size() == 1) {
    batch.front()->results = inner_.Create(batch.front()->orders);
    return;
  }
  std::vector<NewOrder> orders;
  for (const Caller* caller : batch) {
    orders.insert(orders.end(), caller->orders.begin(), caller->orders.end());
  }
  std::vector<CreateResult> results = inner_.Create(orders);
  STARLIFT_CHECK(results.size() == orders.size());
  auto next = std::make_move_iterator(results.begin());
  for (Caller* caller : batch) {
    const auto end = next + static_cast<std::ptrdiff_t>(caller->orders.size());
    caller->results.assign(next, end);
    next = end;
  }
}

void BatchingOrderStore::PassPlaceOn() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (waiting_.empty()) {
    --writing_;
    return;
  }
  Caller* next = waiting_.front();
  waiting_.pop_front();
  next->Give(Caller::Turn::kWrites);
}

}  // namespace starlift::postgres
