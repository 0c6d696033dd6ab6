#include "adapters/rpc/change_feed.h"

#include <chrono>

namespace starlift::rpc {
namespace {

constexpr absl::Duration kPollEvery = absl::Seconds(1);
constexpr std::chrono::milliseconds kTick(100);
constexpr size_t kMostPerTick = 20;
constexpr size_t kMostFollowers = 50'000;

}  // namespace

ChangeFeed::ChangeFeed(const Clock& clock, size_t most_per_tenant)
    : clock_(clock), most_per_tenant_(most_per_tenant) {}

ChangeFeed::~ChangeFeed() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    going_ = true;
  }
  changed_.notify_all();
  if (ticker_.joinable()) ticker_.join();
}

void ChangeFeed::Call(const Wakes& wakes) {
  for (const auto& wake : wakes) (*wake)();
}

void ChangeFeed::Move(Times* times, absl::Time* time, uint64_t id, absl::Time to) {
  times->erase({*time, id});
  *time = to;
  times->insert({to, id});
}

uint64_t ChangeFeed::Follow(absl::string_view order_id, absl::Time deadline, Wake wake) {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (followers_.size() >= kMostFollowers) return 0;
  const uint64_t id = ++last_id_;
  Follower& follower = followers_[id];
  follower = {std::string(order_id), "", deadline, now + kPollEvery,
              std::make_shared<const Wake>(std::move(wake))};
  by_order_[follower.order_id].insert(id);
  by_due_.insert({follower.due, id});
  by_deadline_.insert({deadline, id});
  return id;
}

bool ChangeFeed::Claim(uint64_t id, const TenantId& tenant) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = followers_.find(id);
  if (found == followers_.end() || !found->second.tenant.empty()) return true;
  size_t& count = by_tenant_[tenant.value()];
  if (count >= most_per_tenant_) return false;
  ++count;
  found->second.tenant = tenant.value();
  return true;
}

void ChangeFeed::Unfollow(uint64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = followers_.find(id);
  if (found == followers_.end()) return;
  by_due_.erase({found->second.due, id});
  by_deadline_.erase({found->second.deadline, id});
  const auto tenant = by_tenant_.find(found->second.tenant);
  if (tenant != by_tenant_.end() && --tenant->second == 0) by_tenant_.erase(tenant);
  const auto order = by_order_.find(found->second.order_id);
  order->second.erase(id);
  if (order->second.empty()) by_order_.erase(order);
  followers_.erase(found);
}

size_t ChangeFeed::size() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return followers_.size();
}

void ChangeFeed::Notify(absl::string_view order_id) {
  Wakes wakes;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto order = by_order_.find(order_id);
    if (order == by_order_.end()) return;
    for (uint64_t id : order->second) wakes.push_back(followers_[id].wake);
  }
  Call(wakes);
}

void ChangeFeed::Missed() {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  by_due_.clear();
  for (auto& [id, follower] : followers_) {
    follower.due = now;
    by_due_.insert({now, id});
  }
}

void ChangeFeed::Tick() {
  const absl::Time now = clock_.Now();
  Wakes wakes;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // Whoever's time is over ends with this and looks no more. One that could not, because the
    // executor was full, is told again.
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
      const uint64_t id = by_deadline_.begin()->second;
      Follower& follower = followers_[id];
      wakes.push_back(follower.wake);
      Move(&by_deadline_, &follower.deadline, id, now + kPollEvery);
      Move(&by_due_, &follower.due, id, now + kPollEvery);
    }
    const size_t most = wakes.size() + kMostPerTick;
    while (wakes.size() < most && !by_due_.empty() && by_due_.begin()->first <= now) {
      const uint64_t id = by_due_.begin()->second;
      Follower& follower = followers_[id];
      wakes.push_back(follower.wake);
      Move(&by_due_, &follower.due, id, now + kPollEvery);
    }
  }
  Call(wakes);
}

void ChangeFeed::Start() {
  ticker_ = std::thread([this] {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!changed_.wait_for(lock, kTick, [this] { return going_; })) {
      lock.unlock();
      Tick();
      lock.lock();
    }
  });
}

void ChangeFeed::Shutdown() {
  shutting_down_ = true;
  Wakes wakes;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [id, follower] : followers_) wakes.push_back(follower.wake);
  }
  Call(wakes);
}

}  // namespace starlift::rpc
