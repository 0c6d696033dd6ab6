#pragma once

#include "adapters/rpc/executor.h"
#include "domain/order/ports/key_stretcher.h"

namespace starlift::rpc {

// Stretches on a few threads of its own, so that a burst of phrases cannot take every core from the
// calls that only read.
class BoundedKeyStretcher final : public KeyStretcher {
 public:
  BoundedKeyStretcher(int threads, size_t most_waiting);
  absl::StatusOr<ton::KeyPair> Stretch(const std::vector<Secret>& words,
                                       const Secret& password) override;
  bool Busy() override { return executor_.waiting() >= most_waiting_; }

 private:
  const size_t most_waiting_;
  Executor executor_;
};

}  // namespace starlift::rpc
