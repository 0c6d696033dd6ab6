#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "domain/payment/ports/house_keys.h"

namespace starlift::vault {

// The keys of the house wallets that this process was given, in guarded memory. Filled at the
// start, then only read: safe from several threads.
class HouseKeyring final : public HouseKeys {
 public:
  // `seed32` opens the wallet at `raw_address`. INVALID_ARGUMENT for another size, or when the
  // wallet is there already: two names for one wallet are a mistake of the configuration.
  absl::Status Add(absl::string_view raw_address, Secret seed32);

  absl::StatusOr<Secret> KeyOf(absl::string_view raw_address) const override;
  size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, Secret> keys_;
};

}  // namespace starlift::vault
