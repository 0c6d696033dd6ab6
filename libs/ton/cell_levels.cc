#include "ton/cell_levels.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/sha256.h"

namespace starlift::ton {
namespace {

constexpr int kHashBytes = 32;
constexpr int kDepthBytes = 2;
constexpr int kMaxLevel = CellLevels::kMaxLevel;

enum class CellType { kOrdinary = 0, kPruned = 1, kLibrary = 2, kProof = 3, kUpdate = 4 };

// The part of a mask that is visible from `level`.
int MaskBelow(int mask, int level) { return mask & ((1 << level) - 1); }
int HashesIn(int mask) { return std::popcount(static_cast<unsigned>(mask)); }

int ReadDepth(absl::Span<const uint8_t> data, int offset) {
  return data[offset] * 256 + data[offset + 1];
}

absl::StatusOr<CellType> TypeOf(const CellContent& content) {
  if (!content.exotic) return CellType::kOrdinary;
  if (content.bits < 8) return absl::InvalidArgumentError("exotic cell without a type");
  const int type = content.data[0];
  if (type < 1 || type > 4) return absl::InvalidArgumentError("unknown type of exotic cell");
  return static_cast<CellType>(type);
}

absl::Status CheckShape(const CellContent& content, size_t refs, int bytes) {
  if (content.refs.size() != refs) {
    return absl::InvalidArgumentError("exotic cell with a wrong number of references");
  }
  if (content.bits != bytes * 8) return absl::InvalidArgumentError("exotic cell of a wrong length");
  return absl::OkStatus();
}

void TakeOrdinary(const CellContent& content, CellLevels* levels) {
  for (const CellRef& ref : content.refs) {
    levels->mask |= ref->level_mask();
    for (int i = 0; i <= kMaxLevel; ++i) {
      levels->depths[i] = std::max(levels->depths[i], ref->depth_at(i) + 1);
    }
  }
}

absl::Status TakePruned(const CellContent& content, CellLevels* levels) {
  if (content.bits < 16) return absl::InvalidArgumentError("pruned branch without a level mask");
  const int mask = content.data[1];
  if (mask < 1 || mask > 7) return absl::InvalidArgumentError("pruned branch of a wrong level");
  const int count = HashesIn(mask);
  RETURN_IF_ERROR(CheckShape(content, 0, 2 + count * (kHashBytes + kDepthBytes)));
  levels->mask = mask;
  for (int i = kMaxLevel - 1; i >= 0; --i) {
    levels->depths[i] = levels->depths[i + 1];
    if ((mask >> i & 1) == 0) continue;
    const int before = HashesIn(MaskBelow(mask, i));
    levels->depths[i] = ReadDepth(content.data, 2 + count * kHashBytes + before * kDepthBytes);
  }
  return absl::OkStatus();
}

// A proof and an update name the level-0 hash and depth of what is below them, one level up.
absl::Status TakeMerkle(const CellContent& content, int count, CellLevels* levels) {
  RETURN_IF_ERROR(CheckShape(content, count, 1 + count * (kHashBytes + kDepthBytes)));
  for (int child = 0; child < count; ++child) {
    const Cell& below = *content.refs[child];
    if (std::memcmp(&content.data[1 + child * kHashBytes], below.hash_at(0).data(), kHashBytes) !=
        0) {
      return absl::InvalidArgumentError("Merkle cell with a wrong hash");
    }
    if (ReadDepth(content.data, 1 + count * kHashBytes + child * kDepthBytes) !=
        below.depth_at(0)) {
      return absl::InvalidArgumentError("Merkle cell with a wrong depth");
    }
    for (int i = 0; i <= kMaxLevel; ++i) {
      levels->depths[i] = std::max(levels->depths[i], below.depth_at(i + 1) + 1);
    }
    levels->mask |= below.level_mask() >> 1;
  }
  return absl::OkStatus();
}

absl::Status TakeContent(const CellContent& content, CellType type, CellLevels* levels) {
  switch (type) {
    case CellType::kOrdinary:
      TakeOrdinary(content, levels);
      return absl::OkStatus();
    case CellType::kPruned:
      return TakePruned(content, levels);
    case CellType::kLibrary:
      return CheckShape(content, 0, 1 + kHashBytes);
    case CellType::kProof:
      return TakeMerkle(content, 1, levels);
    case CellType::kUpdate:
      return TakeMerkle(content, 2, levels);
  }
  return absl::InternalError("no such type of cell");
}

// Above the lowest significant level the hash of the level below stands in for the data.
Hash256 HashAt(const CellContent& content, CellType type, const CellLevels& levels, int level,
               const Hash256* below) {
  std::array<uint8_t, 2 + 128 + Cell::kMaxRefs*(kHashBytes + kDepthBytes)> buffer;
  size_t size = 0;
  const auto add = [&](absl::Span<const uint8_t> bytes) {
    if (!bytes.empty()) std::memcpy(&buffer[size], bytes.data(), bytes.size());
    size += bytes.size();
  };
  buffer[size++] = static_cast<uint8_t>(content.refs.size() + (content.exotic ? 8 : 0) +
                                        (MaskBelow(levels.mask, level) << 5));
  buffer[size++] = static_cast<uint8_t>(content.bits / 8 * 2 + (content.bits % 8 != 0 ? 1 : 0));
  if (below != nullptr) {
    add(*below);
  } else {
    add(content.data);
    if (content.bits % 8 != 0) buffer[size - 1] |= static_cast<uint8_t>(0x80 >> content.bits % 8);
  }
  const bool merkle = type == CellType::kProof || type == CellType::kUpdate;
  const int child_level = merkle ? std::min(kMaxLevel, level + 1) : level;
  for (const CellRef& ref : content.refs) {
    const int depth = ref->depth_at(child_level);
    buffer[size++] = static_cast<uint8_t>(depth >> 8);
    buffer[size++] = static_cast<uint8_t>(depth);
  }
  for (const CellRef& ref : content.refs) add(ref->hash_at(child_level));
  return Sha256({buffer.data(), size});
}

void ComputeHashes(const CellContent& content, CellType type, CellLevels* levels) {
  int last = -1;
  for (int i = 0; i <= kMaxLevel; ++i) {
    if (i != kMaxLevel && (levels->mask >> i & 1) == 0) continue;
    if (type == CellType::kPruned && i != kMaxLevel) {
      const int before = HashesIn(MaskBelow(levels->mask, i));
      std::memcpy(levels->hashes[i].data(), &content.data[2 + before * kHashBytes], kHashBytes);
    } else {
      const bool first = last < 0 || type == CellType::kPruned;
      levels->hashes[i] =
          HashAt(content, type, *levels, i, first ? nullptr : &levels->hashes[last]);
    }
    for (int j = last + 1; j < i; ++j) levels->hashes[j] = levels->hashes[i];
    last = i;
  }
}

}  // namespace

int CellLevels::level() const { return std::bit_width(static_cast<unsigned>(mask)); }

absl::StatusOr<CellLevels> ComputeLevels(const CellContent& content) {
  ASSIGN_OR_RETURN(const CellType type, TypeOf(content));
  CellLevels levels;
  RETURN_IF_ERROR(TakeContent(content, type, &levels));
  if (*std::max_element(levels.depths.begin(), levels.depths.end()) > Cell::kMaxDepth) {
    return absl::InvalidArgumentError("cell too deep");
  }
  ComputeHashes(content, type, &levels);
  return levels;
}

}  // namespace starlift::ton
