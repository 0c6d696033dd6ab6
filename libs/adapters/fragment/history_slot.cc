#include "adapters/fragment/history_slot.h"

#include <utility>

namespace starlift::fragment {

absl::StatusOr<PurchaseHistory> HistorySlot::Get(Fetch fetch) {
  absl::MutexLock lock(&mutex_);
  const int64_t wanted = begun_ + 1;
  const auto ready = [this, wanted]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return done_ >= wanted || !fetching_;
  };
  mutex_.Await(absl::Condition(&ready));
  if (done_ >= wanted) return newest_;
  const int64_t mine = ++begun_;
  fetching_ = true;
  mutex_.Unlock();
  absl::StatusOr<PurchaseHistory> history = fetch();
  mutex_.Lock();
  fetching_ = false;
  done_ = mine;
  newest_ = std::move(history);
  return newest_;
}

}  // namespace starlift::fragment
