#include "domain/webhook/address_filter.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/error.h"

namespace starlift {
namespace {

constexpr size_t kV4Bytes = 4;
constexpr size_t kV6Bytes = 16;

struct Prefix {
  std::array<uint8_t, 4> network;  // of IPv6 the first 32 bits: no range below needs more
  int bits;
};

constexpr Prefix kNotPublicV4[] = {
    {{0, 0, 0, 0}, 8},        // "this network"
    {{10, 0, 0, 0}, 8},       // private
    {{100, 64, 0, 0}, 10},    // shared by carriers
    {{127, 0, 0, 0}, 8},      // loopback
    {{169, 254, 0, 0}, 16},   // link-local, cloud metadata
    {{172, 16, 0, 0}, 12},    // private
    {{192, 0, 0, 0}, 24},     // IETF protocol assignments
    {{192, 0, 2, 0}, 24},     // documentation
    {{192, 88, 99, 0}, 24},   // 6to4 relays
    {{192, 168, 0, 0}, 16},   // private
    {{198, 18, 0, 0}, 15},    // benchmarking
    {{198, 51, 100, 0}, 24},  // documentation
    {{203, 0, 113, 0}, 24},   // documentation
    {{224, 0, 0, 0}, 4},      // multicast
    {{240, 0, 0, 0}, 4},      // reserved, broadcast
};

// Global unicast. What lies outside it (::, ::1, 64:ff9b::/96, 100::/64, 5f00::/16, fc00::/7,
// fe80::/10, ff00::/8 …) is never somebody's public server.
constexpr Prefix kGlobalV6 = {{0x20, 0, 0, 0}, 3};

constexpr Prefix kNotPublicV6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23},  // IETF protocol assignments: Teredo, ORCHID, benchmarking
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02, 0x00, 0x00}, 16},  // 6to4: carries an IPv4 address
    {{0x3f, 0xff, 0x00, 0x00}, 20},  // documentation
};

bool Within(absl::Span<const uint8_t> address, absl::Span<const uint8_t> network, int bits) {
  const size_t whole = static_cast<size_t>(bits) / 8;
  if (!std::equal(network.begin(), network.begin() + whole, address.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || ((address[whole] ^ network[whole]) >> (8 - rest)) == 0;
}

bool Within(absl::Span<const uint8_t> address, const Prefix& prefix) {
  return Within(address, prefix.network, prefix.bits);
}

bool IsV4Mapped(absl::Span<const uint8_t> address) {
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return address.size() == kV6Bytes &&
         std::equal(std::begin(kMapped), std::end(kMapped), address.begin());
}

// So that a rule for 10.0.0.0/8 also meets ::ffff:10.0.0.1.
absl::Span<const uint8_t> Unmapped(absl::Span<const uint8_t> address) {
  return IsV4Mapped(address) ? address.subspan(kV6Bytes - kV4Bytes) : address;
}

template <typename Table>
bool AnyWithin(absl::Span<const uint8_t> address, const Table& table) {
  return std::any_of(std::begin(table), std::end(table),
                     [&](const Prefix& prefix) { return Within(address, prefix); });
}

}  // namespace

bool IsPublicAddress(absl::Span<const uint8_t> address) {
  address = Unmapped(address);
  if (address.size() == kV4Bytes) return !AnyWithin(address, kNotPublicV4);
  if (address.size() != kV6Bytes) return false;
  return Within(address, kGlobalV6) && !AnyWithin(address, kNotPublicV6);
}

absl::StatusOr<AddressRange> ParseAddressRange(absl::string_view text) {
  const absl::Status refused =
      Fail(Reason::kInvalidField, "a network is written like 10.0.0.0/8 or fd00::/8");
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  if (parts.size() != 2) return refused;
  AddressRange range;
  const bool v6 = parts[0].find(':') != std::string::npos;
  range.network.resize(v6 ? kV6Bytes : kV4Bytes);
  if (inet_pton(v6 ? AF_INET6 : AF_INET, parts[0].c_str(), range.network.data()) != 1 ||
      !absl::SimpleAtoi(parts[1], &range.prefix_bits) || range.prefix_bits < 0 ||
      range.prefix_bits > static_cast<int>(range.network.size()) * 8) {
    return refused;
  }
  return range;
}

bool AddressFilter::Allows(absl::Span<const uint8_t> address) const {
  const absl::Span<const uint8_t> plain = Unmapped(address);
  for (const AddressRange& range : refused_) {
    if (range.network.size() == plain.size() && Within(plain, range.network, range.prefix_bits)) {
      return false;
    }
  }
  return allow_private_ || IsPublicAddress(address);
}

}  // namespace starlift
