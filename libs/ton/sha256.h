#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "ton/cell.h"

namespace starlift::ton {

// SHA-256. Each thread keeps one OpenSSL context: making one costs more than hashing a small cell.
Hash256 Sha256(absl::Span<const uint8_t> bytes);

}  // namespace starlift::ton
