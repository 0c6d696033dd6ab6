#pragma once

#include "absl/strings/string_view.h"

namespace starlift::ton {

// Well-formed UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(absl::string_view text);

}  // namespace starlift::ton
