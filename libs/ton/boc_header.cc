#include "ton/boc_header.h"

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/crc32c.h"

namespace starlift::ton {
namespace {

constexpr uint64_t kMagic = 0xb5ee9c72;
constexpr uint64_t kMagicIndex = 0x68ff65f3;
constexpr uint64_t kMagicIndexCrc = 0xacc3a728;
constexpr uint64_t kMaxCells = 0x7fffffff;  // the node counts in a signed 32-bit number
constexpr uint64_t kFixedBytes = 6;         // magic, flags, size of offsets

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::Status ReadFlags(absl::Span<const uint8_t> file, BocHeader* header) {
  if (file.size() < kFixedBytes) return Bad("BoC cut off");
  const uint64_t magic = ReadBocNumber(file, 0, 4);
  const uint8_t flags = file[4];
  if (magic == kMagic) {
    header->has_root_list = true;
    header->has_index = (flags & 0x80) != 0;
    header->has_crc = (flags & 0x40) != 0;
    header->has_cache_bits = (flags & 0x20) != 0;
  } else if (magic == kMagicIndex || magic == kMagicIndexCrc) {
    header->has_index = true;
    header->has_crc = magic == kMagicIndexCrc;
  } else {
    return Bad("not a BoC");
  }
  if (header->has_cache_bits && !header->has_index) return Bad("BoC with cache bits but no index");
  header->ref_bytes = flags & 7;
  header->offset_bytes = file[5];
  if (header->ref_bytes < 1 || header->ref_bytes > 4) return Bad("BoC with a wrong reference size");
  if (header->offset_bytes < 1 || header->offset_bytes > 8) {
    return Bad("BoC with a wrong offset size");
  }
  return absl::OkStatus();
}

absl::Status ReadCounts(absl::Span<const uint8_t> file, BocHeader* header) {
  const int ref_bytes = header->ref_bytes;
  header->roots_at = kFixedBytes + 3 * ref_bytes + header->offset_bytes;
  if (file.size() < header->roots_at) return Bad("BoC cut off");
  header->cells = ReadBocNumber(file, kFixedBytes, ref_bytes);
  header->roots = ReadBocNumber(file, kFixedBytes + ref_bytes, ref_bytes);
  const uint64_t absent = ReadBocNumber(file, kFixedBytes + 2 * ref_bytes, ref_bytes);
  header->data_size = ReadBocNumber(file, kFixedBytes + 3 * ref_bytes, header->offset_bytes);
  if (header->cells < 1 || header->cells > kMaxCells) return Bad("BoC with a wrong cell count");
  if (header->roots < 1 || header->roots > kMaxCells) return Bad("BoC with a wrong root count");
  if (!header->has_root_list && header->roots != 1) return Bad("old BoC with several roots");
  if (absent > header->cells) return Bad("BoC with a wrong absent count");
  if (header->data_size > header->cells << 10 ||
      header->data_size < header->cells * (2 + ref_bytes) - ref_bytes) {
    return Bad("BoC with a total size that its cells cannot have");
  }
  return absl::OkStatus();
}

}  // namespace

uint64_t ReadBocNumber(absl::Span<const uint8_t> file, uint64_t at, int bytes) {
  uint64_t number = 0;
  for (int i = 0; i < bytes; ++i) number = number << 8 | file[at + i];
  return number;
}

absl::StatusOr<BocHeader> ReadBocHeader(absl::Span<const uint8_t> file) {
  BocHeader header;
  RETURN_IF_ERROR(ReadFlags(file, &header));
  RETURN_IF_ERROR(ReadCounts(file, &header));
  // No product below can leave 64 bits: counts are under 2^31, data_size under 2^41.
  header.index_at = header.roots_at + (header.has_root_list ? header.roots * header.ref_bytes : 0);
  header.data_at = header.index_at + (header.has_index ? header.cells * header.offset_bytes : 0);
  if (header.data_at + header.data_size + (header.has_crc ? 4 : 0) > file.size()) {
    return Bad("BoC cut off");
  }
  if (header.has_crc) {
    // As the node does it, over all that was given: bytes after the file break the checksum.
    const size_t checked = file.size() - 4;
    uint32_t stored = 0;
    for (int i = 3; i >= 0; --i) stored = stored << 8 | file[checked + i];
    if (Crc32c(file.first(checked)) != stored) return Bad("BoC with a wrong checksum");
  }
  return header;
}

}  // namespace starlift::ton
