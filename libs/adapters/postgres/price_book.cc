#include "adapters/postgres/price_book.h"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// Read and stored within one statement's time: the database's clock says how old the table is,
// whoever asks.
constexpr Statement kReplace{"price_replace", R"(
INSERT INTO price_table (only_row, packages, usd_per_ton, quoted_at) VALUES (true, $1, $2, now())
ON CONFLICT (only_row) DO UPDATE SET packages = EXCLUDED.packages,
  usd_per_ton = EXCLUDED.usd_per_ton, quoted_at = EXCLUDED.quoted_at)"};

constexpr Statement kLatest{"price_latest", R"(
SELECT packages, usd_per_ton, quoted_at,
       (extract(epoch FROM now() - quoted_at) * 1000000)::bigint
  FROM price_table)"};

std::string PackagesText(const std::vector<PackagePrice>& packages) {
  nlohmann::json json = nlohmann::json::array();
  for (const PackagePrice& package : packages) {
    const absl::string_view product = ProductTypeName(package.product.type);
    json.push_back({{"product", std::string(product)},
                    {"quantity", package.product.quantity},
                    {"months", package.product.months},
                    {"ton", package.ton.value()}});
  }
  return json.dump();
}

absl::StatusOr<std::vector<PackagePrice>> PackagesFrom(const std::string& text) {
  const absl::Status unreadable = Fail(Reason::kInternal, "The stored prices cannot be read.");
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return unreadable;
  std::vector<PackagePrice> packages;
  for (const auto& entry : json) {
    const auto type = ParseProductType(entry.value("product", std::string()));
    if (!type.ok()) return unreadable;
    PackagePrice& package = packages.emplace_back();
    package.product = {*type, entry.value("quantity", int64_t{0}), entry.value("months", 0)};
    package.ton = Units(entry.value("ton", int64_t{0}));
  }
  return packages;
}

}  // namespace

absl::Status PostgresPriceBook::Replace(const PriceTable& table) {
  return pool_.Autocommit([&](Transaction& tx) {
    tx.Run(kReplace, Params().Text(PackagesText(table.packages)).ForeignText(table.usd_per_ton));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<PriceBook::Read>> PostgresPriceBook::Latest() {
  std::optional<Read> latest;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) -> absl::Status {
    for (const auto& line : tx.Run(kLatest)) {
      RowReader row(line);
      latest.emplace();
      ASSIGN_OR_RETURN(latest->table.packages, PackagesFrom(row.Text()));
      latest->table.usd_per_ton = row.Text();
      latest->table.quoted_at = row.Time();
      latest->age = absl::Microseconds(row.Integer());
    }
    return absl::OkStatus();
  }));
  return latest;
}

}  // namespace starlift::postgres
