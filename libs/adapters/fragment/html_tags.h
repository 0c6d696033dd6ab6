#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/money.h"

namespace starlift::fragment {

// Walking the tags of a piece of HTML. No parser: what the site writes is walked once, from left to
// right, and whoever walks gives up on anything unexpected.

// The next tag from `at` on, with its angle brackets. Empty: none.
absl::string_view NextTag(absl::string_view html, size_t at);
// The value of name="value" in a tag. "" when absent.
absl::string_view Attribute(absl::string_view tag, absl::string_view name);
bool HasClass(absl::string_view tag, absl::string_view name);
// The text inside an element whose opening tag was just left: nested tags are skipped, and its own
// closing tag ends it.
std::string TextOfElement(absl::string_view html);
// The TON price that stands in the piece under the class icon-ton; 0 when there is none.
Units FindTonPrice(absl::string_view piece);

}  // namespace starlift::fragment
