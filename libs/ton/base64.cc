#include "ton/base64.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"

namespace starlift::ton {
namespace {

int DigitOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

bool IsMixture(absl::string_view text) {
  return text.find_first_of("+/") != absl::string_view::npos &&
         text.find_first_of("-_") != absl::string_view::npos;
}

// Whole groups of four with padding, or none of it where that is allowed.
bool TakePadding(absl::string_view* text, Base64Padding padding) {
  const size_t whole = text->size();
  if (absl::ConsumeSuffix(text, "=")) absl::ConsumeSuffix(text, "=");
  if (padding == Base64Padding::kOptional && text->size() == whole) return whole % 4 != 1;
  return whole % 4 == 0;
}

}  // namespace

absl::StatusOr<std::vector<uint8_t>> DecodeBase64(absl::string_view text, Base64Padding padding) {
  if (!TakePadding(&text, padding)) return absl::InvalidArgumentError("base64 of a wrong length");
  if (IsMixture(text)) return absl::InvalidArgumentError("base64 in two alphabets");
  std::vector<uint8_t> bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t kept = 0;
  int kept_bits = 0;
  for (const char c : text) {
    const int digit = DigitOf(c);
    if (digit < 0) return absl::InvalidArgumentError("not base64");
    kept = (kept << 6 | static_cast<uint32_t>(digit)) & 0xfff;
    kept_bits += 6;
    if (kept_bits < 8) continue;
    kept_bits -= 8;
    bytes.push_back(static_cast<uint8_t>(kept >> kept_bits));
  }
  if ((kept & ((1u << kept_bits) - 1)) != 0) {
    return absl::InvalidArgumentError("base64 with stray bits");
  }
  return bytes;
}

std::string EncodeBase64(absl::Span<const uint8_t> bytes, Base64Alphabet alphabet, bool padding) {
  const absl::string_view raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string text = absl::Base64Escape(raw);
  for (char& c : text) {
    if (alphabet == Base64Alphabet::kStandard) break;
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  while (!padding && !text.empty() && text.back() == '=') text.pop_back();
  return text;
}

}  // namespace starlift::ton
