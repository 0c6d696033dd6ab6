#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace starlift {

// The time of day, passed in wherever it is needed. No room but this one reads a clock, so a test
// can hold, step or skew it. Never used to decide that a payment is dead: only chain evidence may.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's own clock, in whole microseconds: what the database keeps is what was told.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())); }
};

}  // namespace starlift
