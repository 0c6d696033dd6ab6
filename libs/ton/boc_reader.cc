#include <bit>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/base64.h"
#include "ton/boc.h"
#include "ton/boc_header.h"

namespace starlift::ton {
namespace {

constexpr int kHashBytes = 32;
constexpr int kDepthBytes = 2;

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

// Where the parts of one serialised cell are.
struct CellLayout {
  int refs = 0;
  bool exotic = false;
  bool with_hashes = false;
  bool has_tag = false;  // the data ends with a completion tag
  int level_mask = 0;
  int hashes = 0;  // how many are stored, if any are
  size_t data_at = 0;
  size_t data_bytes = 0;
  size_t refs_at = 0;
  size_t end = 0;
};

absl::StatusOr<CellLayout> ReadLayout(absl::Span<const uint8_t> bytes, int ref_bytes) {
  if (bytes.size() < 2) return Bad("cell cut off");
  CellLayout layout;
  layout.refs = bytes[0] & 7;
  layout.exotic = (bytes[0] & 8) != 0;
  layout.with_hashes = (bytes[0] & 16) != 0;
  layout.level_mask = bytes[0] >> 5;
  layout.hashes = std::popcount(static_cast<unsigned>(layout.level_mask)) + 1;
  if (layout.refs > Cell::kMaxRefs) return Bad("cell with too many references, or absent");
  layout.data_at = 2 + (layout.with_hashes ? layout.hashes * (kHashBytes + kDepthBytes) : 0);
  layout.has_tag = (bytes[1] & 1) != 0;
  layout.data_bytes = bytes[1] / 2 + (layout.has_tag ? 1 : 0);
  layout.refs_at = layout.data_at + layout.data_bytes;
  layout.end = layout.refs_at + layout.refs * ref_bytes;
  if (bytes.size() < layout.end) return Bad("cell cut off");
  return layout;
}

// Stored hashes and depths must be those that the cell has.
absl::Status CheckStored(absl::Span<const uint8_t> bytes, const CellLayout& layout,
                         const Cell& cell) {
  const size_t depths_at = 2 + layout.hashes * kHashBytes;
  int stored = 0;
  const int level = std::bit_width(static_cast<unsigned>(layout.level_mask));
  for (int i = 0; i <= level; ++i) {
    const bool significant = i == level || (layout.level_mask >> i & 1) != 0;
    if (!significant) continue;
    if (std::memcmp(&bytes[2 + stored * kHashBytes], cell.hash_at(i).data(), kHashBytes) != 0) {
      return Bad("cell with a wrong stored hash");
    }
    const size_t at = depths_at + stored * kDepthBytes;
    if (bytes[at] * 256 + bytes[at + 1] != cell.depth_at(i)) {
      return Bad("cell with a wrong stored depth");
    }
    ++stored;
  }
  return absl::OkStatus();
}

absl::StatusOr<CellRef> MakeCell(absl::Span<const uint8_t> bytes, const CellLayout& layout,
                                 std::vector<CellRef> refs) {
  const absl::Span<const uint8_t> data = bytes.subspan(layout.data_at, layout.data_bytes);
  int bits = static_cast<int>(layout.data_bytes) * 8;
  if (layout.has_tag) {
    if ((data.back() & 0x7f) == 0) return Bad("overlong encoding of a cell");
    bits -= std::countr_zero(data.back()) + 1;
  }
  ASSIGN_OR_RETURN(CellRef cell, Cell::Make(std::vector<uint8_t>(data.begin(), data.end()), bits,
                                            std::move(refs), layout.exotic));
  if (cell->level_mask() != layout.level_mask) return Bad("cell with a wrong level mask");
  if (layout.with_hashes) RETURN_IF_ERROR(CheckStored(bytes, layout, *cell));
  return cell;
}

// Reads the cells of one file, the last first, so that references always find theirs made.
class CellTable {
 public:
  CellTable(absl::Span<const uint8_t> file, const BocHeader& header)
      : file_(file), header_(header), data_(file.subspan(header.data_at, header.data_size)) {}

  absl::StatusOr<std::vector<CellRef>> Read() {
    RETURN_IF_ERROR(ReadRoots());
    RETURN_IF_ERROR(header_.has_index ? ReadIndex() : MakeIndex());
    cells_.resize(header_.cells);
    for (size_t i = header_.cells; i-- > 0;) RETURN_IF_ERROR(ReadCell(i));
    if (header_.has_cache_bits) RETURN_IF_ERROR(CheckCacheBits());
    std::vector<CellRef> roots;
    for (const uint64_t root : roots_) roots.push_back(cells_[root]);
    return roots;
  }

 private:
  absl::Status ReadRoots() {
    uses_.resize(header_.has_cache_bits ? header_.cells : 0);
    for (uint64_t i = 0; i < header_.roots; ++i) {
      const uint64_t at = header_.roots_at + i * header_.ref_bytes;
      const uint64_t root = header_.has_root_list ? ReadBocNumber(file_, at, header_.ref_bytes) : 0;
      if (root >= header_.cells) return Bad("BoC with a wrong root index");
      roots_.push_back(root);
      CountUse(root);
    }
    return absl::OkStatus();
  }

  absl::Status ReadIndex() {
    for (uint64_t i = 0; i < header_.cells; ++i) {
      const uint64_t at = header_.index_at + i * header_.offset_bytes;
      const uint64_t entry = ReadBocNumber(file_, at, header_.offset_bytes);
      const uint64_t end = header_.has_cache_bits ? entry / 2 : entry;
      if (end > data_.size() || end < (i == 0 ? 0 : ends_[i - 1]))
        return Bad("BoC with a bad index");
      ends_.push_back(end);
      if (header_.has_cache_bits) cache_bits_.push_back(entry % 2 != 0);
    }
    return absl::OkStatus();
  }

  absl::Status MakeIndex() {
    uint64_t end = 0;
    for (uint64_t i = 0; i < header_.cells; ++i) {
      ASSIGN_OR_RETURN(const CellLayout layout, ReadLayout(data_.subspan(end), header_.ref_bytes));
      end += layout.end;
      ends_.push_back(end);
    }
    if (end != data_.size()) return Bad("BoC with bytes between its cells");
    return absl::OkStatus();
  }

  absl::Status ReadCell(size_t position) {
    const uint64_t start = position == 0 ? 0 : ends_[position - 1];
    const absl::Span<const uint8_t> bytes = data_.subspan(start, ends_[position] - start);
    ASSIGN_OR_RETURN(const CellLayout layout, ReadLayout(bytes, header_.ref_bytes));
    if (layout.end != bytes.size()) return Bad("BoC whose index does not meet its cells");
    std::vector<CellRef> refs;
    for (int i = 0; i < layout.refs; ++i) {
      const uint64_t ref =
          ReadBocNumber(bytes, layout.refs_at + i * header_.ref_bytes, header_.ref_bytes);
      if (ref <= position || ref >= header_.cells) return Bad("cell with a wrong reference");
      refs.push_back(cells_[ref]);
      CountUse(ref);
    }
    ASSIGN_OR_RETURN(cells_[position], MakeCell(bytes, layout, std::move(refs)));
    return absl::OkStatus();
  }

  // The cache bit of a cell says that it is used more than once.
  absl::Status CheckCacheBits() const {
    for (uint64_t i = 0; i < header_.cells; ++i) {
      if (cache_bits_[i] != (uses_[i] > 1)) return Bad("cell with a wrong cache bit");
    }
    return absl::OkStatus();
  }

  void CountUse(uint64_t position) {
    if (!uses_.empty() && uses_[position] < 2) ++uses_[position];
  }

  absl::Span<const uint8_t> file_;
  const BocHeader& header_;
  absl::Span<const uint8_t> data_;
  std::vector<uint64_t> roots_;
  std::vector<uint64_t> ends_;
  std::vector<bool> cache_bits_;
  std::vector<uint8_t> uses_;
  std::vector<CellRef> cells_;
};

}  // namespace

absl::StatusOr<std::vector<CellRef>> ReadBocRoots(absl::Span<const uint8_t> bytes, int max_roots) {
  ASSIGN_OR_RETURN(const BocHeader header, ReadBocHeader(bytes));
  if (max_roots < 0 || header.roots > static_cast<uint64_t>(max_roots)) {
    return Bad("BoC with more roots than wanted");
  }
  return CellTable(bytes, header).Read();
}

absl::StatusOr<CellRef> ReadBoc(absl::Span<const uint8_t> bytes) {
  ASSIGN_OR_RETURN(const std::vector<CellRef> roots, ReadBocRoots(bytes, 1));
  if (roots.front()->level_mask() != 0) return Bad("BoC with a root of a level above 0");
  return roots.front();
}

absl::StatusOr<CellRef> ReadBocBase64(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, DecodeBase64(text, Base64Padding::kOptional));
  return ReadBoc(bytes);
}

}  // namespace starlift::ton
