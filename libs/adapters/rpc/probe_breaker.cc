#include "adapters/rpc/probe_breaker.h"

namespace starlift::rpc {
namespace {

constexpr int kMostTimeouts = 3;
constexpr absl::Duration kPause = absl::Seconds(1);
// One question may take this long; nobody else asks meanwhile.
constexpr absl::Duration kTrial = absl::Seconds(3);

}  // namespace

bool ProbeBreaker::MayAsk() {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (timeouts_ < kMostTimeouts) return true;
  // A clock that was set back must not make it last longer.
  if (now < closed_until_ && closed_until_ - now <= kTrial) return false;
  closed_until_ = now + kTrial;
  return true;
}

void ProbeBreaker::Ended(bool timed_out) {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  timeouts_ = timed_out ? timeouts_ + 1 : 0;
  if (timeouts_ >= kMostTimeouts) closed_until_ = now + kPause;
}

}  // namespace starlift::rpc
