#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace starlift {

// Whether an address belongs to the public internet: 4 bytes of IPv4 or 16 of IPv6, network order;
// any other size is not public. Refused are the private, loopback, link-local, shared,
// documentation, benchmarking, multicast and reserved ranges of the IANA special-purpose
// registries, and of IPv6 everything outside 2000::/3 and every range that carries an IPv4 address
// or a tunnel. A v4-mapped address is judged by the IPv4 address in it.
bool IsPublicAddress(absl::Span<const uint8_t> address);

// A network in CIDR notation.
struct AddressRange {
  std::vector<uint8_t> network;  // 4 or 16 bytes
  int prefix_bits = 0;
};
// "10.0.0.0/8", "fd00::/8". INVALID_ARGUMENT for anything else.
absl::StatusOr<AddressRange> ParseAddressRange(absl::string_view text);

// Which addresses may be called. It is asked for the address of the very connection that is made,
// so a name that changes its address between two look-ups gains nothing.
class AddressFilter {
 public:
  // `allow_private`: for tests and closed installations; `refused` (the cluster's own networks) is
  // refused even so.
  explicit AddressFilter(bool allow_private, std::vector<AddressRange> refused = {})
      : allow_private_(allow_private), refused_(std::move(refused)) {}

  bool Allows(absl::Span<const uint8_t> address) const;

 private:
  bool allow_private_;
  std::vector<AddressRange> refused_;
};

}  // namespace starlift
