#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/cell.h"

namespace starlift::ton {
namespace {

// `bits` of `data` from bit `from` on, zero-filled. The caller has checked that they are there.
std::vector<uint8_t> CutBits(absl::Span<const uint8_t> data, int from, int bits) {
  std::vector<uint8_t> cut((bits + 7) / 8);
  const int shift = from % 8;
  for (size_t i = 0; i < cut.size(); ++i) {
    const size_t at = from / 8 + i;
    int byte = data[at] << shift;
    if (shift != 0 && at + 1 < data.size()) byte |= data[at + 1] >> (8 - shift);
    cut[i] = static_cast<uint8_t>(byte);
  }
  if (bits % 8 != 0) cut.back() &= static_cast<uint8_t>(0xff00 >> bits % 8);
  return cut;
}

absl::Status TooShort() { return absl::OutOfRangeError("the cell ends here"); }

}  // namespace

absl::StatusOr<bool> CellReader::Bit() {
  ASSIGN_OR_RETURN(const uint64_t bit, Uint(1));
  return bit != 0;
}

absl::StatusOr<uint64_t> CellReader::Uint(int bits) {
  if (bits < 0 || bits > 64) return absl::InvalidArgumentError("more than 64 bits at once");
  if (bits > bits_left()) return TooShort();
  const std::vector<uint8_t>& data = cell_->data();
  uint64_t value = 0;
  for (int left = bits; left > 0;) {
    const int in_byte = 8 - bit_ % 8;
    const int take = std::min(left, in_byte);
    const int piece = data[bit_ / 8] >> (in_byte - take) & ((1 << take) - 1);
    value = value << take | static_cast<uint64_t>(piece);
    bit_ += take;
    left -= take;
  }
  return value;
}

absl::StatusOr<uint32_t> CellReader::Uint32() {
  ASSIGN_OR_RETURN(const uint64_t value, Uint(32));
  return static_cast<uint32_t>(value);
}

absl::StatusOr<int64_t> CellReader::Int(int bits) {
  if (bits < 1) return absl::InvalidArgumentError("a signed number of no bits");
  ASSIGN_OR_RETURN(uint64_t value, Uint(bits));
  if (bits < 64 && value >> (bits - 1) != 0) value |= ~uint64_t{0} << bits;
  return static_cast<int64_t>(value);
}

absl::StatusOr<std::vector<uint8_t>> CellReader::Bytes(int count) {
  if (count < 0 || count > bits_left() / 8) return TooShort();
  std::vector<uint8_t> bytes = CutBits(cell_->data(), bit_, count * 8);
  bit_ += count * 8;
  return bytes;
}

absl::StatusOr<Hash256> CellReader::Hash() {
  ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, Bytes(32));
  Hash256 hash{};
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

absl::StatusOr<uint64_t> CellReader::Coins() {
  ASSIGN_OR_RETURN(const uint64_t bytes, Uint(4));
  const int extra = std::max(0, static_cast<int>(bytes) - 8);
  ASSIGN_OR_RETURN(const uint64_t high, Uint(8 * extra));
  if (high != 0) return absl::OutOfRangeError("an amount above 2^64-1");
  return Uint(8 * (static_cast<int>(bytes) - extra));
}

absl::StatusOr<CellRef> CellReader::Ref() {
  if (refs_left() <= 0) return TooShort();
  return cell_->refs()[ref_++];
}

absl::StatusOr<CellRef> CellReader::MaybeRef() {
  ASSIGN_OR_RETURN(const bool present, Bit());
  if (!present) return CellRef();
  return Ref();
}

absl::Status CellReader::Skip(int bits) {
  if (bits < 0 || bits > bits_left()) return TooShort();
  bit_ += bits;
  return absl::OkStatus();
}

absl::StatusOr<CellRef> CellReader::Rest() const {
  const int bits = bits_left();
  std::vector<CellRef> refs(cell_->refs().begin() + ref_, cell_->refs().end());
  return Cell::Make(bits == 0 ? std::vector<uint8_t>() : CutBits(cell_->data(), bit_, bits), bits,
                    std::move(refs));
}

}  // namespace starlift::ton
