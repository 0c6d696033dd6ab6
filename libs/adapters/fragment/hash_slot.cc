#include "adapters/fragment/hash_slot.h"

#include "base/status_macros.h"

namespace starlift::fragment {

absl::StatusOr<std::string> HashSlot::Get(Fetch fetch) {
  absl::MutexLock lock(&mutex_);
  if (!hash_.empty()) return hash_;
  return FetchLocked(fetch);
}

absl::StatusOr<std::string> HashSlot::Replace(absl::string_view stale, Fetch fetch) {
  absl::MutexLock lock(&mutex_);
  if (!hash_.empty() && hash_ != stale) return hash_;
  hash_.clear();
  return FetchLocked(fetch);
}

absl::StatusOr<std::string> HashSlot::FetchLocked(Fetch fetch) {
  ASSIGN_OR_RETURN(hash_, fetch());
  return hash_;
}

}  // namespace starlift::fragment
