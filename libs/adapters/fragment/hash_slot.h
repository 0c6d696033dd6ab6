#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace starlift::fragment {

// The hash of one session, kept until the site refuses it. Whoever needs a new one while another
// thread fetches it waits for that one: one page, not many. Safe from several threads.
class HashSlot {
 public:
  using Fetch = absl::FunctionRef<absl::StatusOr<std::string>()>;

  // The hash that is known, or a fetched one.
  absl::StatusOr<std::string> Get(Fetch fetch);
  // After the site refused `stale`: a fetched one, unless another thread has replaced it meanwhile.
  absl::StatusOr<std::string> Replace(absl::string_view stale, Fetch fetch);

 private:
  absl::StatusOr<std::string> FetchLocked(Fetch fetch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::string hash_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace starlift::fragment
