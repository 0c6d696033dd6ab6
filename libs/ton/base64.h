#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace starlift::ton {

// What a reader of base64 lets pass. Absl's reader also skips blanks and drops stray bits, which
// would give one address or payload many spellings.
enum class Base64Padding { kRequired, kOptional };

// Standard or URL alphabet, but not a mixture.
absl::StatusOr<std::vector<uint8_t>> DecodeBase64(absl::string_view text, Base64Padding padding);

enum class Base64Alphabet { kStandard, kUrl };
std::string EncodeBase64(absl::Span<const uint8_t> bytes, Base64Alphabet alphabet, bool padding);

}  // namespace starlift::ton
