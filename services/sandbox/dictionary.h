#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "ton/cell.h"

namespace starlift::sandbox {

// HashmapE 15 ^Cell with the keys 0, 1, 2 …: the outgoing messages of a transaction. Null without
// any.
absl::StatusOr<ton::CellRef> BuildMessageDictionary(const std::vector<ton::CellRef>& messages);

}  // namespace starlift::sandbox
