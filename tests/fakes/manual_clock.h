#pragma once

#include "absl/time/time.h"
#include "base/clock.h"

namespace starlift {

// A clock that moves when the test says so.
class ManualClock final : public Clock {
 public:
  absl::Time Now() const override { return now_; }
  void Advance(absl::Duration duration) { now_ += duration; }
  void Set(absl::Time now) { now_ = now; }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

}  // namespace starlift
