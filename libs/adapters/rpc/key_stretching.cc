#include "adapters/rpc/key_stretching.h"

#include <future>
#include <utility>

#include "base/error.h"

namespace starlift::rpc {

BoundedKeyStretcher::BoundedKeyStretcher(int threads, size_t most_waiting)
    : most_waiting_(most_waiting), executor_(threads, most_waiting) {}

absl::StatusOr<ton::KeyPair> BoundedKeyStretcher::Stretch(const std::vector<Secret>& words,
                                                          const Secret& password) {
  std::promise<absl::StatusOr<ton::KeyPair>> promise;
  // The words stay where they are: this frame outlives the task, which ends with the promise.
  std::future<absl::StatusOr<ton::KeyPair>> result = promise.get_future();
  const bool taken = executor_.TryRun(
      [&words, &password, &promise] { promise.set_value(ton::StretchMnemonic(words, password)); });
  if (!taken) {
    return Fail(Reason::kKeyStretchingBusy, "too many phrases are being turned into keys");
  }
  return result.get();
}

}  // namespace starlift::rpc
