#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ton/cell.h"

namespace starlift::ton {

// A text comment: 32 zero bits, then UTF-8, continued in one reference each (any cutting is legal).
// Written with 123 bytes in the first cell and 127 in each next, as public libraries do, unless
// `first_cell_bytes` says otherwise (fragment.com cuts after 35).
absl::StatusOr<CellRef> WriteComment(absl::string_view text, int first_cell_bytes = 123);

// The whole text, joined over all cells. INVALID_ARGUMENT when the cell is not a comment (no 32
// zero bits, bits not a multiple of 8, more than one reference, exotic), when it is not UTF-8, or
// longer than 64 KiB.
absl::StatusOr<std::string> ReadComment(const CellRef& cell);

// The same without looking at the encoding: what to log in hex when a comment is not UTF-8.
absl::StatusOr<std::string> ReadCommentBytes(const CellRef& cell);

}  // namespace starlift::ton
