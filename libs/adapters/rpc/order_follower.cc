#include "adapters/rpc/order_follower.h"

#include <utility>

namespace starlift::rpc {

OrderFollower::OrderFollower(Executor& executor, ChangeFeed& feed, Step step)
    : executor_(executor), feed_(feed), step_(std::move(step)) {}

bool OrderFollower::Start(absl::string_view order_id, absl::Time deadline) {
  const std::weak_ptr<OrderFollower> weak = weak_from_this();
  {
    // Held all the while: a wake-up that came before the subscription is known could end the last
    // step, and nobody would unsubscribe. The feed wakes without its own lock, so neither waits for
    // the other.
    const std::lock_guard<std::mutex> lock(mutex_);
    subscription_ = feed_.Follow(order_id, deadline, [weak] {
      if (const std::shared_ptr<OrderFollower> follower = weak.lock()) follower->Poke();
    });
    if (subscription_ == 0) return false;
  }
  Poke();
  return true;
}

bool OrderFollower::Claim(const TenantId& tenant) {
  uint64_t subscription = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    subscription = subscription_;
  }
  return feed_.Claim(subscription, tenant);
}

void OrderFollower::Poke() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (state_ == State::kIdle) Enqueue();
  if (state_ == State::kRunning) state_ = State::kRunningAgain;
}

void OrderFollower::Enqueue() {
  // A full executor leaves it idle: the feed wakes it again within a second.
  const bool taken = executor_.TryRun([self = shared_from_this()] { self->Run(); });
  state_ = taken ? State::kQueued : State::kIdle;
}

void OrderFollower::Run() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_ = State::kRunning;
  }
  const bool done = step_();
  Step last;
  uint64_t subscription = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const bool again = state_ == State::kRunningAgain;
    state_ = done ? State::kDone : State::kIdle;
    if (!done && again) Enqueue();
    if (done) {
      last = std::move(step_);
      step_ = nullptr;
      subscription = subscription_;
    }
  }
  if (done) feed_.Unfollow(subscription);
}

}  // namespace starlift::rpc
