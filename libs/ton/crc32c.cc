#include "ton/crc32c.h"

#include <array>

namespace starlift::ton {
namespace {

constexpr size_t kAtOnce = 8;
using Table = std::array<uint32_t, 256>;

// Entry [k][b] is what byte b does to the checksum when k more bytes follow it, so that eight bytes
// are eight lookups that do not wait for each other.
constexpr std::array<Table, kAtOnce> MakeTables() {
  std::array<Table, kAtOnce> tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    tables[0][i] = crc;
  }
  for (size_t k = 1; k < kAtOnce; ++k) {
    for (uint32_t i = 0; i < 256; ++i) {
      const uint32_t before = tables[k - 1][i];
      tables[k][i] = before >> 8 ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, kAtOnce> kTables = MakeTables();

}  // namespace

uint32_t Crc32c(absl::Span<const uint8_t> bytes) {
  uint32_t crc = 0xffffffff;
  for (; bytes.size() >= kAtOnce; bytes.remove_prefix(kAtOnce)) {
    uint32_t next = 0;
    for (size_t i = 0; i < kAtOnce; ++i) {
      const uint32_t mixed = i < 4 ? crc >> (8 * i) : 0;
      next ^= kTables[kAtOnce - 1 - i][(mixed ^ bytes[i]) & 0xff];
    }
    crc = next;
  }
  for (const uint8_t byte : bytes) crc = crc >> 8 ^ kTables[0][(crc ^ byte) & 0xff];
  return ~crc;
}

}  // namespace starlift::ton
