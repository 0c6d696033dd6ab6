#include "domain/order/product.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"

namespace starlift {
namespace {

constexpr absl::string_view kNames[] = {"stars", "premium", "ton_topup"};
constexpr size_t kMaxUsername = 32;

absl::Status CheckRange(absl::string_view field, int64_t value, int64_t minimum, int64_t maximum) {
  if (value >= minimum && value <= maximum) return absl::OkStatus();
  return FailField(Reason::kQuantityOutOfRange, field,
                   absl::StrCat("must be from ", minimum, " to ", maximum),
                   {{"minimum", absl::StrCat(minimum)}, {"maximum", absl::StrCat(maximum)}});
}

absl::Status CheckUnused(absl::string_view field, int64_t value) {
  if (value == 0) return absl::OkStatus();
  return FailField(Reason::kInvalidField, field, "must be 0 for this product");
}

absl::Status Both(absl::Status first, absl::Status second) { return first.ok() ? second : first; }

}  // namespace

absl::string_view ProductTypeName(ProductType type) { return kNames[static_cast<int>(type)]; }

absl::StatusOr<ProductType> ParseProductType(absl::string_view name) {
  for (ProductType type : {ProductType::kStars, ProductType::kPremium, ProductType::kTonTopup}) {
    if (name == ProductTypeName(type)) return type;
  }
  return FailField(Reason::kInvalidField, "product.type", "unknown product");
}

absl::Status CheckProduct(const Product& product, const ProductLimits& limits) {
  switch (product.type) {
    case ProductType::kStars:
      return Both(
          CheckRange("product.quantity", product.quantity, limits.min_stars, limits.max_stars),
          CheckUnused("product.months", product.months));
    case ProductType::kPremium:
      if (product.months != 3 && product.months != 6 && product.months != 12) {
        return FailField(Reason::kQuantityOutOfRange, "product.months", "must be 3, 6 or 12",
                         {{"minimum", "3"}, {"maximum", "12"}});
      }
      return CheckUnused("product.quantity", product.quantity);
    case ProductType::kTonTopup:
      return Both(CheckRange("product.quantity", product.quantity, 1, 1'000'000'000),
                  CheckUnused("product.months", product.months));
  }
  return FailField(Reason::kInvalidField, "product.type", "unknown product");
}

absl::StatusOr<std::string> NormalizeUsername(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "@")) {
    // Only in front of t.me: "https://name" is somebody's mistake, not a username.
    if (absl::ConsumePrefix(&text, "https://t.me/") || absl::ConsumePrefix(&text, "t.me/")) {
      absl::ConsumeSuffix(&text, "/");
    }
  }
  bool good = !text.empty() && text.size() <= kMaxUsername;
  for (char c : text) good = good && (absl::ascii_isalnum(c) || c == '_');
  if (!good) {
    return FailField(Reason::kInvalidUsername, "recipient.username",
                     "a Telegram username has 1 to 32 letters, digits or underscores");
  }
  return absl::AsciiStrToLower(text);
}

}  // namespace starlift
