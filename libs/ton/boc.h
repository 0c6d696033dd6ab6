#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ton/cell.h"

namespace starlift::ton {

// Bag of cells: the file form of cells. The reader keeps the rules of the reference node
// (crypto/vm/boc.cpp), checks every count against the length before it allocates, and works once
// per distinct cell, never once per path. Exactly one root of level 0 is wanted.
absl::StatusOr<CellRef> ReadBoc(absl::Span<const uint8_t> bytes);

// The roots of a file that may hold up to `max_roots` of them, of any level. For tools and tests:
// everything from the network goes through ReadBoc.
absl::StatusOr<std::vector<CellRef>> ReadBocRoots(absl::Span<const uint8_t> bytes, int max_roots);

// The same behind base64: standard or URL alphabet, with or without padding.
absl::StatusOr<CellRef> ReadBocBase64(absl::string_view text);

struct BocOptions {
  bool crc = true;
  bool index = false;
};
// Parents before children, each distinct cell once.
std::vector<uint8_t> WriteBoc(const CellRef& root, BocOptions options = {});
std::string WriteBocBase64(const CellRef& root, BocOptions options = {});

}  // namespace starlift::ton
