#include "ton/address.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "ton/base64.h"

namespace starlift::ton {
namespace {

constexpr size_t kFriendlyChars = 48;
constexpr size_t kCheckedBytes = 34;
constexpr uint8_t kBounceableTag = 0x11;
constexpr uint8_t kNonBounceableTag = 0x51;
constexpr uint8_t kTestOnly = 0x80;

// CRC-16/XMODEM.
uint16_t Crc16(absl::Span<const uint8_t> bytes) {
  uint32_t crc = 0;
  for (const uint8_t byte : bytes) {
    crc ^= static_cast<uint32_t>(byte) << 8;
    for (int i = 0; i < 8; ++i) crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return static_cast<uint16_t>(crc);
}

// Only the spelling that RawForm writes: no sign but a minus, no blanks, no leading zeros.
absl::StatusOr<Address> ParseRaw(absl::string_view text, size_t colon) {
  const absl::string_view number = text.substr(0, colon);
  int workchain = 0;
  if (!absl::SimpleAtoi(number, &workchain) || absl::StrCat(workchain) != number ||
      workchain < INT8_MIN || workchain > INT8_MAX) {
    return absl::InvalidArgumentError("the address has no proper workchain");
  }
  Address address;
  address.workchain = static_cast<int8_t>(workchain);
  ASSIGN_OR_RETURN(address.hash, ParseHash(text.substr(colon + 1)));
  return address;
}

absl::StatusOr<Address> ParseFriendly(absl::string_view text, FriendlyFlags* flags) {
  if (text.size() != kFriendlyChars) return absl::InvalidArgumentError("not a TON address");
  ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, DecodeBase64(text, Base64Padding::kRequired));
  if (bytes.size() != kCheckedBytes + 2) return absl::InvalidArgumentError("not a TON address");
  const uint16_t crc = Crc16(absl::MakeConstSpan(bytes).first(kCheckedBytes));
  if (bytes[34] != crc >> 8 || bytes[35] != (crc & 0xff)) {
    return absl::InvalidArgumentError("the address has a wrong checksum: mistyped?");
  }
  const uint8_t tag = bytes[0] & static_cast<uint8_t>(~kTestOnly);
  if (tag != kBounceableTag && tag != kNonBounceableTag) {
    return absl::InvalidArgumentError("the address has an unknown tag");
  }
  if (flags != nullptr) *flags = {tag == kBounceableTag, (bytes[0] & kTestOnly) != 0};
  Address address;
  address.workchain = static_cast<int8_t>(bytes[1]);
  std::copy_n(bytes.begin() + 2, address.hash.size(), address.hash.begin());
  return address;
}

}  // namespace

std::string RawForm(const Address& address) {
  return absl::StrCat(static_cast<int>(address.workchain), ":", HexOf(address.hash));
}

std::string FriendlyForm(const Address& address, FriendlyFlags flags, bool standard_alphabet) {
  std::vector<uint8_t> bytes;
  bytes.push_back((flags.bounceable ? kBounceableTag : kNonBounceableTag) |
                  (flags.test_only ? kTestOnly : 0));
  bytes.push_back(static_cast<uint8_t>(address.workchain));
  bytes.insert(bytes.end(), address.hash.begin(), address.hash.end());
  const uint16_t crc = Crc16(bytes);
  bytes.push_back(static_cast<uint8_t>(crc >> 8));
  bytes.push_back(static_cast<uint8_t>(crc));
  return EncodeBase64(bytes, standard_alphabet ? Base64Alphabet::kStandard : Base64Alphabet::kUrl,
                      /*padding=*/false);
}

absl::StatusOr<Address> ParseAddress(absl::string_view text, FriendlyFlags* flags) {
  const size_t colon = text.find(':');
  if (colon != absl::string_view::npos) return ParseRaw(text, colon);
  return ParseFriendly(text, flags);
}

CellBuilder& StoreAddress(CellBuilder& builder, const Address& address) {
  return builder.Uint(0b100, 3).Int(address.workchain, 8).Bytes(address.hash);
}

absl::StatusOr<Address> LoadAddress(CellReader& reader) {
  ASSIGN_OR_RETURN(const uint64_t kind, reader.Uint(3));
  if (kind != 0b100) return absl::InvalidArgumentError("not a standard address");
  Address address;
  ASSIGN_OR_RETURN(const int64_t workchain, reader.Int(8));
  address.workchain = static_cast<int8_t>(workchain);
  ASSIGN_OR_RETURN(address.hash, reader.Hash());
  return address;
}

absl::StatusOr<bool> LoadMaybeAddress(CellReader& reader, Address* address) {
  CellReader ahead = reader;
  ASSIGN_OR_RETURN(const uint64_t kind, ahead.Uint(2));
  if (kind == 0) {
    reader = ahead;
    return false;
  }
  ASSIGN_OR_RETURN(*address, LoadAddress(reader));
  return true;
}

}  // namespace starlift::ton
