#include "adapters/vault/house_keyring.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace starlift::vault {

absl::Status HouseKeyring::Add(absl::string_view raw_address, Secret seed32) {
  if (seed32.size() != 32) return absl::InvalidArgumentError("a wallet's key has 32 bytes");
  if (keys_.emplace(std::string(raw_address), std::move(seed32)).second) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the house wallet ", raw_address, " is named twice"));
}

absl::StatusOr<Secret> HouseKeyring::KeyOf(absl::string_view raw_address) const {
  const auto found = keys_.find(std::string(raw_address));
  if (found != keys_.end()) return found->second.Clone();
  return Fail(Reason::kWalletNotFound,
              absl::StrCat("this process was not given the key of ", raw_address));
}

}  // namespace starlift::vault
