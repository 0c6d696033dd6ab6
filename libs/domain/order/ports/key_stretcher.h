#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "ton/mnemonic.h"

namespace starlift {

// Turns a phrase into its key: about 36 ms of one core, so it is rationed. RESOURCE_EXHAUSTED
// KEY_STRETCHING_BUSY when too many wait already; the errors of ton::StretchMnemonic otherwise.
// Safe from several threads; the caller waits.
class KeyStretcher {
 public:
  virtual ~KeyStretcher() = default;
  virtual absl::StatusOr<ton::KeyPair> Stretch(const std::vector<Secret>& words,
                                               const Secret& password) = 0;
  // Whether a phrase would be refused now. A hint, which spares the work before it.
  virtual bool Busy() { return false; }
};

}  // namespace starlift
