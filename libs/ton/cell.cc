#include "ton/cell.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "ton/cell_levels.h"

namespace starlift::ton {
namespace {

int NibbleOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::Status CheckLimits(const std::vector<uint8_t>& data, int bits,
                         const std::vector<CellRef>& refs) {
  if (bits < 0 || bits > Cell::kMaxBits) return absl::InvalidArgumentError("cell of too many bits");
  if (refs.size() > Cell::kMaxRefs) return absl::InvalidArgumentError("too many references");
  if (data.size() * 8 < static_cast<size_t>(bits)) {
    return absl::InvalidArgumentError("fewer bytes than bits");
  }
  if (std::find(refs.begin(), refs.end(), nullptr) != refs.end()) {
    return absl::InvalidArgumentError("empty reference");
  }
  return absl::OkStatus();
}

}  // namespace

std::string HexOf(absl::Span<const uint8_t> bytes) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

absl::StatusOr<Hash256> ParseHash(absl::string_view hex64) {
  Hash256 hash{};
  if (hex64.size() != 2 * hash.size()) return absl::InvalidArgumentError("not 64 hex characters");
  for (size_t i = 0; i < hash.size(); ++i) {
    const int high = NibbleOf(hex64[2 * i]);
    const int low = NibbleOf(hex64[2 * i + 1]);
    if (high < 0 || low < 0) return absl::InvalidArgumentError("not 64 hex characters");
    hash[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return hash;
}

absl::StatusOr<CellRef> Cell::Make(std::vector<uint8_t> data, int bits, std::vector<CellRef> refs,
                                   bool exotic) {
  RETURN_IF_ERROR(CheckLimits(data, bits, refs));
  data.resize((bits + 7) / 8);
  if (bits % 8 != 0) data.back() &= static_cast<uint8_t>(0xff00 >> bits % 8);
  ASSIGN_OR_RETURN(const CellLevels levels, ComputeLevels({data, bits, refs, exotic}));

  auto cell = std::make_shared<Cell>(Passkey());
  cell->data_ = std::move(data);
  cell->refs_ = std::move(refs);
  cell->bits_ = bits;
  cell->exotic_ = exotic;
  cell->level_mask_ = levels.mask;
  cell->hash_ = levels.hashes.back();
  cell->depth_ = levels.depths.back();
  if (levels.mask != 0) cell->levels_ = std::make_shared<const CellLevels>(levels);
  return cell;
}

// From above its own level a cell looks as it does from there.
const Hash256& Cell::HashAt(int level) const {
  return levels_->hashes[std::clamp(level, 0, CellLevels::kMaxLevel)];
}

int Cell::DepthAt(int level) const {
  return levels_->depths[std::clamp(level, 0, CellLevels::kMaxLevel)];
}

}  // namespace starlift::ton
