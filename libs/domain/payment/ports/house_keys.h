#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace starlift {

// The keys of this installation's own wallets, as its configuration names them.
class HouseKeys {
 public:
  virtual ~HouseKeys() = default;
  // The 32-byte Ed25519 seed of the wallet. NOT_FOUND WALLET_NOT_FOUND when this process lacks it.
  virtual absl::StatusOr<Secret> KeyOf(absl::string_view raw_address) const = 0;
};

}  // namespace starlift
