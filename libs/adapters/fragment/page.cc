#include "adapters/fragment/page.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "adapters/fragment/html_tags.h"

namespace starlift::fragment {
namespace {

constexpr auto kNone = absl::string_view::npos;
constexpr size_t kMaxHash = 128;
constexpr size_t kMaxPackages = 100;

bool IsHashCharacter(char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); }

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
