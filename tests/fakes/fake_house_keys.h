#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "domain/payment/ports/house_keys.h"

namespace starlift {

// The seeds of the house's wallets, by raw address.
class FakeHouseKeys final : public HouseKeys {
 public:
  absl::StatusOr<Secret> KeyOf(absl::string_view raw_address) const override {
    const auto found = seeds.find(std::string(raw_address));
    if (found == seeds.end()) {
      return Fail(Reason::kWalletNotFound, "the wallet is not one of this process");
    }
    return Secret(found->second);
  }

  std::map<std::string, std::vector<uint8_t>> seeds;
};

}  // namespace starlift
