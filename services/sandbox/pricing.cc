#include "sandbox/pricing.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace starlift::sandbox {
namespace {

constexpr uint64_t kShown = 100'000;  // nanoton in the last digit that a page shows
constexpr uint64_t kNano = 1'000'000'000;
constexpr int64_t kMicro = 1'000'000;

std::string Fraction(uint64_t nano) { return absl::StrFormat(".%04d", nano % kNano / kShown); }

}  // namespace

uint64_t TonPrice(int64_t micro_usd, const Rates& rates) {
  const __int128 shown = static_cast<__int128>(micro_usd) * static_cast<int64_t>(kNano / kShown);
  const __int128 units = (shown + rates.micro_usd_per_ton - 1) / rates.micro_usd_per_ton;
  return static_cast<uint64_t>(units) * kShown;
}

std::string Grouped(int64_t number) {
  std::string text = absl::StrCat(number);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), 1, ',');
  }
  return text;
}

std::string TonText(uint64_t nano) {
  return absl::StrCat(Grouped(static_cast<int64_t>(nano / kNano)), Fraction(nano));
}

std::string ExactTonText(uint64_t nano) {
  std::string fraction = absl::StrFormat(".%09d", nano % kNano);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction == ".") fraction.clear();
  return absl::StrCat(Grouped(static_cast<int64_t>(nano / kNano)), fraction);
}

std::string UsdText(int64_t micro_usd) {
  const int64_t cents = (micro_usd + 9'999) / 10'000;
  return absl::StrCat(Grouped(cents * 10'000 / kMicro), absl::StrFormat(".%02d", cents % 100));
}

std::string TonHtml(uint64_t nano) {
  return absl::StrCat(R"(<span class="tm-value icon-before icon-ton">)",
                      Grouped(static_cast<int64_t>(nano / kNano)), R"(<span class="mini-frac">)",
                      Fraction(nano), "</span></span>");
}

}  // namespace starlift::sandbox
