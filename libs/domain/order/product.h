#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace starlift {

// What can be bought for a Telegram account.
enum class ProductType { kStars, kPremium, kTonTopup };

// "stars", "premium", "ton_topup": how the database and the configuration spell it.
absl::string_view ProductTypeName(ProductType type);
absl::StatusOr<ProductType> ParseProductType(absl::string_view name);

// One product in one size: `quantity` Stars or whole TON, or `months` of Premium; the other is 0.
struct Product {
  ProductType type = ProductType::kStars;
  int64_t quantity = 0;
  int32_t months = 0;
  bool operator==(const Product&) const = default;
};

// The bounds that an installation sells within.
struct ProductLimits {
  int64_t min_stars = 50;
  int64_t max_stars = 1'000'000;
};

// INVALID_ARGUMENT QUANTITY_OUT_OF_RANGE (metadata `minimum`, `maximum`) or INVALID_FIELD.
absl::Status CheckProduct(const Product& product, const ProductLimits& limits);

// The bare username in lower case from "name", "@name", "t.me/name" or "https://t.me/name"; 1 to 32
// of [A-Za-z0-9_]. INVALID_ARGUMENT INVALID_USERNAME otherwise.
absl::StatusOr<std::string> NormalizeUsername(absl::string_view text);

}  // namespace starlift
