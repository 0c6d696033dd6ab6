#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace starlift {

// What an amount is counted in. TON has 9 decimals (nanoton), USDT has 6.
enum class Asset { kTon, kUsdt };

// "TON" or "USDT", as the API and the database spell it.
absl::string_view AssetName(Asset asset);
absl::StatusOr<Asset> ParseAsset(absl::string_view name);

// An amount in the asset's smallest unit. Arithmetic that would leave int64 ends the process (a
// check), so a wrapped amount can never be signed; amounts that come from outside are range-checked
// where they enter. 2^63 nanoton is more than all TON there is.
class Units {
 public:
  constexpr Units() = default;
  constexpr explicit Units(int64_t value) : value_(value) {}

  constexpr int64_t value() const { return value_; }
  auto operator<=>(const Units&) const = default;

  Units operator+(Units other) const;
  Units operator-(Units other) const;
  Units operator-() const;
  Units& operator+=(Units other) { return *this = *this + other; }

 private:
  int64_t value_ = 0;
};

// ceil(amount * bps / 10,000), computed in 128 bits. `amount` >= 0, `bps` in 0..10,000.
Units BpsCeil(Units amount, int32_t bps);

// ceil(count * price / per), computed in 128 bits: the price of `count` pieces when `per` pieces
// cost `price`. Fails with OUT_OF_RANGE when the result does not fit, INVALID_ARGUMENT for a bad
// divisor.
absl::StatusOr<Units> ScaleCeil(int64_t count, Units price, int64_t per);

// Parses a plain decimal such as "1,234.5678" (group separators ignored) into units with `decimals`
// digits. Refuses signs, exponents, more digits than the asset has, and anything that does not fit.
absl::StatusOr<Units> ParseDecimal(absl::string_view text, int decimals);

// "0.457200000" without trailing zeros: for people, logs and messages, never for arithmetic.
std::string FormatUnits(Units amount, Asset asset);

}  // namespace starlift
