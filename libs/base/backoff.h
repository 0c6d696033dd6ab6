#pragma once

#include "absl/time/time.h"
#include "base/random.h"

namespace starlift {

// How long to wait before try `attempt` (1, 2, 3 …): first · 2^(attempt-1), at most `most`, then
// spread by ±20 % so that many waiters do not come back together.
absl::Duration Backoff(int attempt, absl::Duration first, absl::Duration most, Random& random);

// `planned` spread by ±20 %.
absl::Duration Jittered(absl::Duration planned, Random& random);

}  // namespace starlift
