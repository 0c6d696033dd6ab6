#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/money.h"
#include "domain/order/order.h"
#include "domain/order/ports/price_book.h"
#include "domain/order/product.h"

namespace starlift {

// How this installation turns Fragment's prices into quotes.
struct PricingPolicy {
  int32_t tolerance_bps = 200;                       // 0..10,000
  int32_t commission_bps_house = 100;                // 0..10,000; own sessions cost none
  Units network_reserve{52'000'000};                 // nanoton, kept for fees
  absl::Duration max_price_age = absl::Seconds(60);  // older prices are stale
  absl::Duration quote_lifetime = absl::Minutes(10);
};

struct QuoteRequest {
  Product product;
  SessionKind session_kind = SessionKind::kOwn;
  Asset asset = Asset::kTon;
  Units max_total;  // 0: none given
};

// What Fragment asks for the product: the listed price of exactly this package, else for Stars
// ceil(n * price / stars) of the package with the most Stars. UNAVAILABLE PRICES_STALE when the
// table says nothing usable.
absl::StatusOr<Units> CostOf(const PriceTable& table, const Product& product);

// The quote at `now`. UNAVAILABLE PRICES_STALE without a fresh table; FAILED_PRECONDITION
// PRICE_ABOVE_MAX_TOTAL (metadata `total`, `max_total`) when the caller's limit is below the total.
absl::StatusOr<Quote> MakeQuote(const std::optional<PriceBook::Read>& prices,
                                const QuoteRequest& request, const PricingPolicy& policy,
                                absl::Time now);

}  // namespace starlift
