#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ton/cell.h"

namespace starlift::ton {

// A standard address: a workchain and the 256-bit account id.
struct Address {
  int8_t workchain = 0;
  Hash256 hash{};
  auto operator<=>(const Address&) const = default;
};

struct FriendlyFlags {
  bool bounceable = true;
  bool test_only = false;
};

// "0:<64 lower-case hex>": how this project stores and compares addresses.
std::string RawForm(const Address& address);
// 48 characters of base64, URL alphabet unless `standard_alphabet`.
std::string FriendlyForm(const Address& address, FriendlyFlags flags,
                         bool standard_alphabet = false);

// Accepts the raw form and both friendly alphabets; checks tag and CRC-16. `flags` (may be null) is
// filled for a friendly form.
absl::StatusOr<Address> ParseAddress(absl::string_view text, FriendlyFlags* flags = nullptr);

// addr_std without anycast: 267 bits.
CellBuilder& StoreAddress(CellBuilder& builder, const Address& address);
// Fails for anything but addr_std without anycast.
absl::StatusOr<Address> LoadAddress(CellReader& reader);
// addr_none, or addr_std.
absl::StatusOr<bool> LoadMaybeAddress(CellReader& reader, Address* address);

}  // namespace starlift::ton
