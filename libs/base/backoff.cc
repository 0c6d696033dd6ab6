#include "base/backoff.h"

#include <algorithm>

namespace starlift {

absl::Duration Jittered(absl::Duration planned, Random& random) {
  return planned * 4 / 5 + planned * 2 / 5 * random.Below(1001) / 1000;
}

absl::Duration Backoff(int attempt, absl::Duration first, absl::Duration most, Random& random) {
  absl::Duration planned = first;
  for (int i = 1; i < attempt && planned < most; ++i) planned *= 2;
  return Jittered(std::min(planned, most), random);
}

}  // namespace starlift
