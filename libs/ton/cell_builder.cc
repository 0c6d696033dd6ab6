#include <utility>

#include "absl/status/status.h"
#include "ton/cell.h"

namespace starlift::ton {

CellBuilder& CellBuilder::Bit(bool bit) { return Uint(bit ? 1 : 0, 1); }

CellBuilder& CellBuilder::Uint(uint64_t value, int bits) {
  if (bits < 0 || bits > 64 || (bits < 64 && value >> bits != 0)) {
    overflow_ = true;
    return *this;
  }
  // Left-aligned, so that the bits come first as Bits wants them.
  const uint64_t aligned = bits == 0 ? 0 : value << (64 - bits);
  uint8_t bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(aligned >> (56 - 8 * i));
  return Bits(bytes, bits);
}

CellBuilder& CellBuilder::Int(int64_t value, int bits) {
  if (bits < 1 || bits > 64) {
    overflow_ = true;
    return *this;
  }
  if (bits == 64) return Uint(static_cast<uint64_t>(value), 64);
  const int64_t limit = int64_t{1} << (bits - 1);
  if (value < -limit || value >= limit) {
    overflow_ = true;
    return *this;
  }
  return Uint(static_cast<uint64_t>(value) & ((uint64_t{1} << bits) - 1), bits);
}

CellBuilder& CellBuilder::Bytes(absl::Span<const uint8_t> bytes) {
  if (bytes.size() > Cell::kMaxBits / 8) {
    overflow_ = true;
    return *this;
  }
  return Bits(bytes, static_cast<int>(bytes.size()) * 8);
}

CellBuilder& CellBuilder::Bits(absl::Span<const uint8_t> data, int bits) {
  if (bits < 0 || bits > bits_left() || data.size() * 8 < static_cast<size_t>(bits)) {
    overflow_ = true;
    return *this;
  }
  const int shift = bits_ % 8;
  size_t at = bits_ / 8;
  for (int i = 0; i < (bits + 7) / 8; ++i, ++at) {
    uint8_t byte = data[i];
    if (bits - 8 * i < 8) byte &= static_cast<uint8_t>(0xff00 >> (bits - 8 * i));
    data_[at] |= static_cast<uint8_t>(byte >> shift);
    if (shift != 0 && at + 1 < data_.size()) {
      data_[at + 1] |= static_cast<uint8_t>(byte << (8 - shift));
    }
  }
  bits_ += bits;
  return *this;
}

CellBuilder& CellBuilder::Coins(uint64_t amount) {
  int bytes = 0;
  while (bytes < 8 && amount >> (8 * bytes) != 0) ++bytes;
  return Uint(static_cast<uint64_t>(bytes), 4).Uint(amount, 8 * bytes);
}

CellBuilder& CellBuilder::Ref(CellRef cell) {
  if (cell == nullptr || refs_left() <= 0) {
    overflow_ = true;
    return *this;
  }
  refs_[ref_count_++] = std::move(cell);
  return *this;
}

CellBuilder& CellBuilder::MaybeRef(const CellRef& cell) {
  Bit(cell != nullptr);
  if (cell != nullptr) Ref(cell);
  return *this;
}

CellBuilder& CellBuilder::Append(const Cell& cell) {
  Bits(cell.data(), cell.bits());
  for (const CellRef& ref : cell.refs()) Ref(ref);
  return *this;
}

absl::StatusOr<CellRef> CellBuilder::Build() const {
  if (overflow_) return absl::InvalidArgumentError("too much for one cell");
  const auto bytes = data_.begin() + (bits_ + 7) / 8;
  return Cell::Make(std::vector<uint8_t>(data_.begin(), bytes), bits_,
                    std::vector<CellRef>(refs_.begin(), refs_.begin() + ref_count_));
}

}  // namespace starlift::ton
