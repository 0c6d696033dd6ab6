#include "domain/fulfillment/grouped_number.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace starlift {

int64_t TakeGroupedNumber(absl::string_view* text) {
  constexpr absl::string_view kSeparators[] = {",", "'", ".", "\xC2\xA0", "\xE2\x80\xAF", " "};
  std::string digits;
  while (!text->empty()) {
    if (absl::ascii_isdigit(text->front())) {
      digits.push_back(text->front());
      text->remove_prefix(1);
      continue;
    }
    bool separator = false;
    for (absl::string_view mark : kSeparators) {
      if (!digits.empty() && absl::StartsWith(*text, mark) && text->size() > mark.size() &&
          absl::ascii_isdigit((*text)[mark.size()])) {
        text->remove_prefix(mark.size());
        separator = true;
        break;
      }
    }
    if (!separator) break;
  }
  int64_t value = 0;
  return absl::SimpleAtoi(digits, &value) ? value : -1;
}

}  // namespace starlift
