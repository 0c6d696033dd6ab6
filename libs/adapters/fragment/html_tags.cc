#include "adapters/fragment/html_tags.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace starlift::fragment {
namespace {

constexpr auto kNone = absl::string_view::npos;
constexpr int kTonDecimals = 9;

}  // namespace

absl::string_view Attribute(absl::string_view tag, absl::string_view name) {
  const std::string mark = absl::StrCat(" ", name, "=\"");
  const size_t at = tag.find(mark);
  if (at == kNone) return "";
  const absl::string_view rest = tag.substr(at + mark.size());
  const size_t end = rest.find('"');
  return end == kNone ? "" : rest.substr(0, end);
}

bool HasClass(absl::string_view tag, absl::string_view name) {
  for (const absl::string_view one : absl::StrSplit(Attribute(tag, "class"), ' ')) {
    if (one == name) return true;
  }
  return false;
}

absl::string_view NextTag(absl::string_view html, size_t at) {
  const size_t begin = html.find('<', at);
  if (begin == kNone) return "";
  const size_t end = html.find('>', begin);
  if (end == kNone) return "";
  return html.substr(begin, end - begin + 1);
}

std::string TextOfElement(absl::string_view html) {
  static constexpr size_t kMaxText = 200;
  std::string text;
  int depth = 0;
  for (size_t at = 0; at < html.size() && text.size() < kMaxText; ++at) {
    if (html[at] != '<') {
      text += html[at];
      continue;
    }
    const absl::string_view tag = NextTag(html, at);
    if (tag.empty()) break;
    if (absl::StartsWith(tag, "</")) {
      if (--depth < 0) break;
    } else if (!absl::EndsWith(tag, "/>")) {
      ++depth;
    }
    at += tag.size() - 1;
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

Units FindTonPrice(absl::string_view piece) {
  for (size_t at = 0;;) {
    const absl::string_view tag = NextTag(piece, at);
    if (tag.empty()) return Units(0);
    at = static_cast<size_t>(tag.data() - piece.data()) + tag.size();
    if (!HasClass(tag, "icon-ton")) continue;
    const auto price = ParseDecimal(TextOfElement(piece.substr(at)), kTonDecimals);
    return price.ok() ? *price : Units(0);
  }
}

}  // namespace starlift::fragment
