#pragma once

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "domain/fulfillment/ports/marketplace.h"

namespace starlift::fragment {

// The history of one session, read by one thread at a time: when many paid orders look for their
// rows at once, those who come while it is being read share the next reading. Nobody is given one
// that began before he asked, so a baseline is never older than its order. Safe from several
// threads.
class HistorySlot {
 public:
  using Fetch = absl::FunctionRef<absl::StatusOr<PurchaseHistory>()>;

  absl::StatusOr<PurchaseHistory> Get(Fetch fetch);

 private:
  absl::Mutex mutex_;
  bool fetching_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t begun_ ABSL_GUARDED_BY(mutex_) = 0;  // readings
  int64_t done_ ABSL_GUARDED_BY(mutex_) = 0;   // the newest one that came to its end
  absl::StatusOr<PurchaseHistory> newest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace starlift::fragment
