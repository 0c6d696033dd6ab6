#pragma once

#include <mutex>

#include "absl/time/time.h"
#include "base/clock.h"

namespace starlift::rpc {

// Spares callers the wait for a neighbour that does not answer. After three questions in a row that
// ran out of time it lets none through for a second; then one tries, and the others follow once it
// was answered. Safe from several threads.
class ProbeBreaker {
 public:
  explicit ProbeBreaker(const Clock& clock) : clock_(clock) {}

  // False: do not ask now. Each true is followed by one Ended.
  bool MayAsk();
  void Ended(bool timed_out);

 private:
  const Clock& clock_;
  std::mutex mutex_;
  int timeouts_ = 0;  // in a row
  absl::Time closed_until_;
};

}  // namespace starlift::rpc
