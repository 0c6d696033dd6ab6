#pragma once

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "domain/access/sealed.h"

namespace starlift {

// Seals; cannot open. Pure computation, safe from several threads.
class Sealer {
 public:
  virtual ~Sealer() = default;
  virtual SealedSecret Seal(const Secret& secret, const SealContext& context) const = 0;
};

// Opens what was sealed to a private key that this process holds. Fails with INTERNAL when the key
// is unknown or the context is another one; never says more.
class Opener {
 public:
  virtual ~Opener() = default;
  virtual absl::StatusOr<Secret> Open(const SealedSecret& sealed,
                                      const SealContext& context) const = 0;
};

}  // namespace starlift
