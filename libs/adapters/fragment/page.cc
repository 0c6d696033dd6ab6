#include "adapters/fragment/page.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace starlift::fragment {
namespace {

constexpr auto kNone = absl::string_view::npos;
constexpr size_t kMaxHash = 128;
constexpr size_t kMaxPackages = 100;
constexpr int kTonDecimals = 9;

bool IsHashCharacter(char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); }

// The value of name="value" in a tag. "" when absent.
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

// Walks tags: the next one from `at` on, with its angle brackets. Empty: none.
absl::string_view NextTag(absl::string_view html, size_t at) {
  const size_t begin = html.find('<', at);
  if (begin == kNone) return "";
  const size_t end = html.find('>', begin);
  if (end == kNone) return "";
  return html.substr(begin, end - begin + 1);
}

// The text inside an element whose opening tag was just left: nested tags are skipped, and its own
// closing tag ends it.
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

// The TON price inside one package's piece of the page; 0 when there is none.
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

}  // namespace

std::string FindApiHash(absl::string_view page) {
  static constexpr absl::string_view kMark = "api?hash=";
  for (size_t at = page.find(kMark); at != kNone; at = page.find(kMark, at + 1)) {
    if (at == 0 || page[at - 1] != '/') continue;
    const absl::string_view rest = page.substr(at + kMark.size(), kMaxHash + 1);
    const auto end = std::find_if_not(rest.begin(), rest.end(), IsHashCharacter);
    const auto length = static_cast<size_t>(end - rest.begin());
    if (length > 0 && length <= kMaxHash) return std::string(rest.substr(0, length));
  }
  return "";
}

std::string FindTonRate(absl::string_view page) {
  static constexpr absl::string_view kMark = "\"tonRate\":";
  static constexpr size_t kMaxRate = 32;
  const size_t at = page.find(kMark);
  if (at == kNone) return "";
  absl::string_view rest = page.substr(at + kMark.size(), kMaxRate + 1);
  rest = rest.substr(0, rest.find_first_of(",} \n"));
  const size_t point = rest.find('.');
  const bool plain = std::all_of(rest.begin(), rest.end(),
                                 [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
  const bool one_point = point == kNone || rest.find('.', point + 1) == kNone;
  const bool bounded = point != 0 && point != rest.size() - 1 && rest.size() <= kMaxRate;
  return !rest.empty() && plain && one_point && bounded ? std::string(rest) : "";
}

std::vector<Package> FindPackages(absl::string_view page, absl::string_view input_name) {
  std::vector<Package> packages;
  const auto is_package = [&](absl::string_view tag) {
    return absl::StartsWith(tag, "<input") && Attribute(tag, "name") == input_name;
  };
  int64_t size = 0;       // of the package whose piece is being walked; 0: none yet
  size_t piece_from = 0;  // where it began
  const auto close = [&](size_t to) {
    const Units price =
        size > 0 ? FindTonPrice(page.substr(piece_from, to - piece_from)) : Units(0);
    const bool known = std::any_of(packages.begin(), packages.end(),
                                   [&](const Package& other) { return other.size == size; });
    if (price > Units(0) && !known) packages.push_back({size, price});
  };
  for (size_t at = 0; packages.size() < kMaxPackages;) {
    const absl::string_view tag = NextTag(page, at);
    if (tag.empty()) break;
    const auto begin = static_cast<size_t>(tag.data() - page.data());
    at = begin + tag.size();
    const bool opens = is_package(tag);
    // A package's price stands inside its label: what follows belongs to nobody.
    if (!opens && tag != "</label>") continue;
    close(begin);
    size = 0;
    if (opens && !absl::SimpleAtoi(Attribute(tag, "value"), &size)) size = 0;
    piece_from = at;
  }
  return packages;
}

}  // namespace starlift::fragment
