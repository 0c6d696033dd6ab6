#include "base/money.h"

#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift {
namespace {

using Wide = __int128;

int DecimalsOf(Asset asset) { return asset == Asset::kTon ? 9 : 6; }

}  // namespace

absl::string_view AssetName(Asset asset) { return asset == Asset::kTon ? "TON" : "USDT"; }

absl::StatusOr<Asset> ParseAsset(absl::string_view name) {
  if (name == "TON") return Asset::kTon;
  if (name == "USDT") return Asset::kUsdt;
  return absl::InvalidArgumentError("unknown asset");
}

Units Units::operator+(Units other) const {
  int64_t sum = 0;
  STARLIFT_CHECK(!__builtin_add_overflow(value_, other.value_, &sum));
  return Units(sum);
}

Units Units::operator-(Units other) const {
  int64_t difference = 0;
  STARLIFT_CHECK(!__builtin_sub_overflow(value_, other.value_, &difference));
  return Units(difference);
}

Units Units::operator-() const { return Units(0) - *this; }

Units BpsCeil(Units amount, int32_t bps) {
  STARLIFT_CHECK(amount.value() >= 0 && bps >= 0 && bps <= 10'000);
  const Wide product = static_cast<Wide>(amount.value()) * bps;
  return Units(static_cast<int64_t>((product + 9'999) / 10'000));
}

absl::StatusOr<Units> ScaleCeil(int64_t count, Units price, int64_t per) {
  if (per <= 0 || count < 0 || price.value() < 0) {
    return absl::InvalidArgumentError("a price needs a positive divisor and no negative part");
  }
  const Wide product = static_cast<Wide>(count) * price.value();
  const Wide result = (product + per - 1) / per;
  if (result > std::numeric_limits<int64_t>::max()) {
    return absl::OutOfRangeError("the price does not fit into 64 bits");
  }
  return Units(static_cast<int64_t>(result));
}

absl::StatusOr<Units> ParseDecimal(absl::string_view text, int decimals) {
  Wide value = 0;
  int fraction = -1;  // digits seen after the point; -1 before it
  bool digits = false;
  for (char c : text) {
    if (c == ',' && fraction < 0 && digits) continue;
    if (c == '.' && fraction < 0) {
      fraction = 0;
      continue;
    }
    if (c < '0' || c > '9') return absl::InvalidArgumentError("not a plain decimal number");
    if (fraction >= 0 && ++fraction > decimals) {
      return absl::InvalidArgumentError("more decimals than the asset has");
    }
    digits = true;
    value = value * 10 + (c - '0');
    if (value > std::numeric_limits<int64_t>::max()) return absl::OutOfRangeError("too large");
  }
  if (!digits) return absl::InvalidArgumentError("not a plain decimal number");
  for (int i = fraction < 0 ? 0 : fraction; i < decimals; ++i) value *= 10;
  if (value > std::numeric_limits<int64_t>::max()) return absl::OutOfRangeError("too large");
  return Units(static_cast<int64_t>(value));
}

std::string FormatUnits(Units amount, Asset asset) {
  const bool negative = amount.value() < 0;
  std::string digits = absl::StrCat(amount.value());
  if (negative) digits.erase(0, 1);
  const size_t decimals = DecimalsOf(asset);
  if (digits.size() <= decimals) digits.insert(size_t{0}, decimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - decimals, 1, '.');
  while (digits.back() == '0') digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
  return absl::StrCat(negative ? "-" : "", digits);
}

}  // namespace starlift
