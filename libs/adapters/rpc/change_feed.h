#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"

namespace starlift::rpc {

// Tells whoever follows an order that it may have changed. Three things wake a follower: a change
// that was announced (Redis; may be lost), a second that went by (the guarantee), and its own
// deadline. With thousands of followers the seconds stretch, so that looking costs at most 200
// queries a second; deadlines are kept all the same.
class ChangeFeed {
 public:
  // Called from any thread; must be quick and must not call the feed back.
  using Wake = std::function<void()>;

  static constexpr size_t kMostPerTenant = 2000;

  // `most_per_tenant`: followers that one tenant may have.
  explicit ChangeFeed(const Clock& clock, size_t most_per_tenant = kMostPerTenant);
  ~ChangeFeed();
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  // 0: too many follow already.
  uint64_t Follow(absl::string_view order_id, absl::Time deadline, Wake wake);
  void Unfollow(uint64_t follower);
  // Counts the follower, until it unfollows, among the tenant's, which is known later than it
  // follows. False: the tenant has too many.
  bool Claim(uint64_t follower, const TenantId& tenant);

  // How many follow.
  size_t size();

  void Notify(absl::string_view order_id);
  // Changes may have been missed: everybody looks soon, spread over the next ticks.
  void Missed();

  // Starts the thread that calls Tick ten times a second.
  void Start();
  // Wakes those whose second or deadline is over.
  void Tick();

  // Wakes everybody; from now on shutting_down() is true.
  void Shutdown();
  bool shutting_down() const { return shutting_down_; }

 private:
  struct Follower {
    std::string order_id;
    std::string tenant;  // empty: not known yet
    absl::Time deadline;
    absl::Time due;
    std::shared_ptr<const Wake> wake;
  };
  using Times = std::set<std::pair<absl::Time, uint64_t>>;
  using Wakes = std::vector<std::shared_ptr<const Wake>>;

  static void Call(const Wakes& wakes);
  static void Move(Times* times, absl::Time* time, uint64_t id, absl::Time to);

  const Clock& clock_;
  const size_t most_per_tenant_;
  std::atomic<bool> shutting_down_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool going_ = false;
  uint64_t last_id_ = 0;
  absl::flat_hash_map<uint64_t, Follower> followers_;
  absl::flat_hash_map<std::string, std::set<uint64_t>> by_order_;
  absl::flat_hash_map<std::string, size_t> by_tenant_;
  Times by_due_;
  Times by_deadline_;
  std::thread ticker_;
};

}  // namespace starlift::rpc
