#include "ton/utf8.h"

#include <cstddef>
#include <cstdint>

namespace starlift::ton {
namespace {

// How many bytes follow `lead`, and what the first of them may be; -1 for a byte that cannot lead.
struct Sequence {
  int following;
  uint8_t low;
  uint8_t high;
};

Sequence SequenceOf(uint8_t lead) {
  if (lead < 0x80) return {0, 0, 0};
  if (lead < 0xc2) return {-1, 0, 0};
  if (lead < 0xe0) return {1, 0x80, 0xbf};
  if (lead == 0xe0) return {2, 0xa0, 0xbf};
  if (lead == 0xed) return {2, 0x80, 0x9f};
  if (lead < 0xf0) return {2, 0x80, 0xbf};
  if (lead == 0xf0) return {3, 0x90, 0xbf};
  if (lead < 0xf4) return {3, 0x80, 0xbf};
  if (lead == 0xf4) return {3, 0x80, 0x8f};
  return {-1, 0, 0};
}

}  // namespace

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    Sequence sequence = SequenceOf(static_cast<uint8_t>(text[i++]));
    if (sequence.following < 0) return false;
    for (; sequence.following > 0; --sequence.following, ++i) {
      if (i == text.size()) return false;
      const auto byte = static_cast<uint8_t>(text[i]);
      if (byte < sequence.low || byte > sequence.high) return false;
      sequence.low = 0x80;
      sequence.high = 0xbf;
    }
  }
  return true;
}

}  // namespace starlift::ton
