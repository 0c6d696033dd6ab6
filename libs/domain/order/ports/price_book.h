#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/money.h"
#include "domain/order/product.h"

namespace starlift {

// What Fragment's public page shows for one package: `quantity` Stars (or `months` of Premium).
struct PackagePrice {
  Product product;
  Units ton;  // nanoton
};

// All prices that were read together. `usd_per_ton` is a decimal text, for showing only.
struct PriceTable {
  std::vector<PackagePrice> packages;
  std::string usd_per_ton;
  absl::Time quoted_at;  // by the database's clock
};

// Where the `quote` role keeps the prices and the api finds them.
class PriceBook {
 public:
  virtual ~PriceBook() = default;
  virtual absl::Status Replace(const PriceTable& table) = 0;
  // The newest table, `quoted_at` and `now` by the database's clock; nullopt: none was ever stored.
  struct Read {
    PriceTable table;
    absl::Duration age;
  };
  virtual absl::StatusOr<std::optional<Read>> Latest() = 0;
};

}  // namespace starlift
