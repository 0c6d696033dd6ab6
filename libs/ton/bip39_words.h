#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace starlift::ton {

// The English list of BIP-39, in its order, which is alphabetical: 2,048 words of 3 to 8 letters.
absl::Span<const absl::string_view> Bip39Words();

}  // namespace starlift::ton
