#include "adapters/http/handle_pool.h"

#include <curl/curl.h>

#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/check.h"

namespace starlift::http {
namespace {

constexpr size_t kMaxIdle = 32;

void StartCurlOnce() {
  // The library's own initialisation is not safe from several threads; a static is.
  static const CURLcode started = curl_global_init(CURL_GLOBAL_ALL);
  STARLIFT_CHECK(started == CURLE_OK);
}

}  // namespace

struct HandlePool::State {
  absl::Mutex mutex;
  std::vector<CURL*> idle ABSL_GUARDED_BY(mutex);
};

HandlePool::HandlePool() : state_(std::make_unique<State>()) { StartCurlOnce(); }

HandlePool::~HandlePool() {
  for (CURL* handle : state_->idle) curl_easy_cleanup(handle);
}

void* HandlePool::Take() {
  {
    absl::MutexLock lock(&state_->mutex);
    if (!state_->idle.empty()) {
      CURL* handle = state_->idle.back();
      state_->idle.pop_back();
      return handle;
    }
  }
  return curl_easy_init();
}

void HandlePool::Return(void* handle) {
  if (handle == nullptr) return;
  curl_easy_reset(handle);  // connections survive this
  {
    absl::MutexLock lock(&state_->mutex);
    if (state_->idle.size() < kMaxIdle) {
      state_->idle.push_back(static_cast<CURL*>(handle));
      return;
    }
  }
  curl_easy_cleanup(handle);
}

}  // namespace starlift::http
