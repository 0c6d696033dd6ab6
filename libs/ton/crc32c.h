#pragma once

#include <cstdint>

#include "absl/types/span.h"

namespace starlift::ton {

// CRC-32C (Castagnoli), the checksum at the end of a BoC.
uint32_t Crc32c(absl::Span<const uint8_t> bytes);

}  // namespace starlift::ton
