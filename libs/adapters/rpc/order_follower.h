#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/rpc/change_feed.h"
#include "adapters/rpc/executor.h"
#include "base/id.h"

namespace starlift::rpc {

// Runs a step whenever an order may have changed, on the executor and never two at once, until a
// step says that it was the last. No thread waits in between: ten thousand followers cost memory
// only.
class OrderFollower : public std::enable_shared_from_this<OrderFollower> {
 public:
  // True: finished. The step and what it holds are let go then.
  using Step = std::function<bool()>;

  OrderFollower(Executor& executor, ChangeFeed& feed, Step step);

  // Runs the first step soon, and one with each of the feed's wake-ups from then on. False: the
  // feed has too many followers; no step will run.
  bool Start(absl::string_view order_id, absl::Time deadline);
  // Counts it among the tenant's. False: the tenant follows too many orders already.
  bool Claim(const TenantId& tenant);
  // Runs a step soon; from any thread. Pokes during a step make one more.
  void Poke();

 private:
  enum class State { kIdle, kQueued, kRunning, kRunningAgain, kDone };
  void Run();
  void Enqueue();  // with mutex_ held

  Executor& executor_;
  ChangeFeed& feed_;
  std::mutex mutex_;
  State state_ = State::kIdle;
  Step step_;
  uint64_t subscription_ = 0;
};

}  // namespace starlift::rpc
