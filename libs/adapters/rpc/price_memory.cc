#include "adapters/rpc/price_memory.h"

#include "base/status_macros.h"

namespace starlift::rpc {
namespace {

constexpr absl::Duration kRemembered = absl::Seconds(1);

}  // namespace

absl::StatusOr<std::optional<PriceBook::Read>> PriceMemory::Latest() {
  const absl::Time now = clock_.Now();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const absl::Duration since = now - read_at_;
    // A clock that was set back must not make old prices young.
    if (remembered_.has_value() && since >= absl::ZeroDuration() && since < kRemembered) {
      Read read = *remembered_;
      read.age += since;
      return read;
    }
  }
  ASSIGN_OR_RETURN(std::optional<Read> read, prices_.Latest());
  const std::lock_guard<std::mutex> lock(mutex_);
  remembered_ = read;
  read_at_ = now;
  return read;
}

}  // namespace starlift::rpc
