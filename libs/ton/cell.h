#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace starlift::ton {

using Hash256 = std::array<uint8_t, 32>;

std::string HexOf(absl::Span<const uint8_t> bytes);          // lower case
absl::StatusOr<Hash256> ParseHash(absl::string_view hex64);  // 64 hex characters, any case

class Cell;
struct CellLevels;
using CellRef = std::shared_ptr<const Cell>;

// One cell: 0..1023 bits and 0..4 references. Immutable; hash and depth are computed once, when it
// is made, so walking a cell that is shared many times costs nothing twice.
class Cell {
  struct Passkey {};

 public:
  static constexpr int kMaxBits = 1023;
  static constexpr int kMaxRefs = 4;
  static constexpr int kMaxDepth = 1024;

  // Makes an ordinary or exotic cell. INVALID_ARGUMENT when it breaks a limit of the reference node
  // (bits, references, depth 1,024, a malformed exotic cell). `data` holds the bits, zero-filled.
  static absl::StatusOr<CellRef> Make(std::vector<uint8_t> data, int bits,
                                      std::vector<CellRef> refs, bool exotic = false);

  // For Make() alone, which places the cell beside its reference count.
  explicit Cell(Passkey) {}

  int bits() const { return bits_; }
  const std::vector<uint8_t>& data() const { return data_; }
  const std::vector<CellRef>& refs() const { return refs_; }
  bool exotic() const { return exotic_; }
  int level_mask() const { return level_mask_; }
  // The representation hash (of the highest level).
  const Hash256& hash() const { return hash_; }
  int depth() const { return depth_; }
  const Hash256& hash_at(int level) const { return levels_ == nullptr ? hash_ : HashAt(level); }
  int depth_at(int level) const { return levels_ == nullptr ? depth_ : DepthAt(level); }

 private:
  const Hash256& HashAt(int level) const;
  int DepthAt(int level) const;

  std::vector<uint8_t> data_;
  std::vector<CellRef> refs_;
  // Null for a cell that looks the same from every level: all but those above pruned branches.
  std::shared_ptr<const CellLevels> levels_;
  Hash256 hash_{};
  int depth_ = 0;
  int bits_ = 0;
  int level_mask_ = 0;
  bool exotic_ = false;
};

// Writes bits and references into a new cell. Running over a limit is remembered and reported by
// Build, so that a chain of stores needs one check.
class CellBuilder {
 public:
  CellBuilder& Bit(bool bit);
  CellBuilder& Uint(uint64_t value, int bits);  // big-endian, 0..64 bits
  CellBuilder& Int(int64_t value, int bits);
  CellBuilder& Bytes(absl::Span<const uint8_t> bytes);
  CellBuilder& Bits(absl::Span<const uint8_t> data, int bits);
  CellBuilder& Coins(uint64_t amount);  // VarUInteger 16
  CellBuilder& Ref(CellRef cell);
  CellBuilder& MaybeRef(const CellRef& cell);  // a bit, then the reference if there is one
  CellBuilder& Append(const Cell& cell);       // its bits and its references

  int bits() const { return bits_; }
  int refs() const { return ref_count_; }
  int bits_left() const { return Cell::kMaxBits - bits_; }
  int refs_left() const { return Cell::kMaxRefs - ref_count_; }

  absl::StatusOr<CellRef> Build() const;

 private:
  std::array<uint8_t, (Cell::kMaxBits + 7) / 8> data_{};
  std::array<CellRef, Cell::kMaxRefs> refs_;
  int bits_ = 0;
  int ref_count_ = 0;
  bool overflow_ = false;
};

// Reads a cell from its first bit and reference on. Every read may fail with OUT_OF_RANGE.
class CellReader {
 public:
  explicit CellReader(CellRef cell) : cell_(std::move(cell)) {}

  absl::StatusOr<bool> Bit();
  absl::StatusOr<uint64_t> Uint(int bits);  // 0..64
  absl::StatusOr<uint32_t> Uint32();
  absl::StatusOr<int64_t> Int(int bits);
  absl::StatusOr<std::vector<uint8_t>> Bytes(int count);
  absl::StatusOr<Hash256> Hash();
  absl::StatusOr<uint64_t> Coins();  // OUT_OF_RANGE above 2^64-1
  absl::StatusOr<CellRef> Ref();
  absl::StatusOr<CellRef> MaybeRef();  // nullptr when absent
  absl::Status Skip(int bits);
  // What is left, as a cell of its own.
  absl::StatusOr<CellRef> Rest() const;

  int bits_left() const { return cell_->bits() - bit_; }
  int refs_left() const { return static_cast<int>(cell_->refs().size()) - ref_; }

 private:
  CellRef cell_;
  int bit_ = 0;
  int ref_ = 0;
};

}  // namespace starlift::ton
