#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace starlift::fragment {

// Text as a person sees it: tags taken out, entities (the named ones that the site uses, and
// numeric ones) decoded to UTF-8, white space at both ends removed, runs of it made one blank, the
// typographic apostrophe made a plain one.
std::string VisibleText(absl::string_view html);

}  // namespace starlift::fragment
