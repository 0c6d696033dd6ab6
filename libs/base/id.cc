#include "base/id.h"

#include <sodium.h>

#include <array>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift {
namespace {

constexpr absl::string_view kBase32 = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace

std::string NewId(absl::string_view prefix, int64_t unix_millis, Random& random) {
  std::array<uint8_t, 16> bytes;
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(unix_millis >> (8 * (5 - i)));
  random.Fill(absl::MakeSpan(bytes).subspan(6));
  std::string text;
  uint32_t bits = 0;
  int have = 0;
  for (uint8_t byte : bytes) {
    bits = (bits << 8) | byte;
    have += 8;
    while (have >= 5) {
      have -= 5;
      text.push_back(kBase32[(bits >> have) & 31]);
    }
  }
  text.push_back(kBase32[(bits << (5 - have)) & 31]);
  return absl::StrCat(prefix, text);
}

std::string DerivedId(absl::string_view prefix, absl::Span<const absl::string_view> parts) {
  STARLIFT_CHECK(sodium_init() >= 0);
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, 16);
  for (absl::string_view part : parts) {
    std::array<uint8_t, 8> length;
    for (int i = 0; i < 8; ++i) length[i] = static_cast<uint8_t>(part.size() >> (8 * i));
    crypto_generichash_update(&state, length.data(), length.size());
    crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(part.data()), part.size());
  }
  std::array<char, 16> digest;
  crypto_generichash_final(&state, reinterpret_cast<uint8_t*>(digest.data()), digest.size());
  return absl::StrCat(prefix, absl::BytesToHexString({digest.data(), digest.size()}));
}

}  // namespace starlift
