#include "domain/order/pricing.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift {
namespace {

// A thousand million TON. What a page shows above it is nonsense, and sums of amounts below it fit.
constexpr Units kMostBelievable{1'000'000'000'000'000'000};

absl::Status Stale(absl::string_view message) { return Fail(Reason::kPricesStale, message); }

bool Believable(Units price) { return price > Units(0) && price <= kMostBelievable; }

absl::StatusOr<Units> StarsByRate(const PriceTable& table, int64_t count) {
  const PackagePrice* largest = nullptr;
  for (const PackagePrice& package : table.packages) {
    if (package.product.type != ProductType::kStars || !Believable(package.ton)) continue;
    if (largest == nullptr || package.product.quantity > largest->product.quantity) {
      largest = &package;
    }
  }
  if (largest == nullptr || largest->product.quantity <= 0)
    return Stale("no price of Stars is known");
  const absl::StatusOr<Units> cost = ScaleCeil(count, largest->ton, largest->product.quantity);
  if (!cost.ok() || !Believable(*cost)) return Stale("the known price of Stars cannot be used");
  return *cost;
}

}  // namespace

absl::StatusOr<Units> CostOf(const PriceTable& table, const Product& product) {
  for (const PackagePrice& package : table.packages) {
    if (package.product == product && Believable(package.ton)) return package.ton;
  }
  if (product.type == ProductType::kStars) return StarsByRate(table, product.quantity);
  return Stale("no price of this product is known");
}

absl::StatusOr<Quote> MakeQuote(const std::optional<PriceBook::Read>& prices,
                                const QuoteRequest& request, const PricingPolicy& policy,
                                absl::Time now) {
  if (!prices.has_value()) return Stale("no price was read from fragment.com yet");
  if (prices->age > policy.max_price_age)
    return Stale("the last price from fragment.com is too old");
  Quote quote;
  quote.asset = request.asset;
  ASSIGN_OR_RETURN(quote.cost, CostOf(prices->table, request.product));
  quote.commission_bps =
      request.session_kind == SessionKind::kOwn ? 0 : policy.commission_bps_house;
  quote.commission = BpsCeil(quote.cost, quote.commission_bps);
  quote.network_reserve = policy.network_reserve;
  quote.total = quote.cost + quote.commission + quote.network_reserve;
  quote.tolerance_bps = policy.tolerance_bps;
  quote.max_total = request.max_total > Units(0)
                        ? request.max_total
                        : quote.total + BpsCeil(quote.cost, policy.tolerance_bps);
  quote.quoted_at = prices->table.quoted_at;
  quote.valid_until = now + policy.quote_lifetime;
  if (quote.max_total < quote.total) {
    return Fail(Reason::kPriceAboveMaxTotal, "the order would cost more than max_total",
                {{"total", absl::StrCat(quote.total.value())},
                 {"max_total", absl::StrCat(quote.max_total.value())}});
  }
  return quote;
}

}  // namespace starlift
