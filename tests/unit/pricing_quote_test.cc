#include <gtest/gtest.h>

#include "base/error.h"
#include "domain/order/pricing.h"

namespace starlift {
namespace {

Product Stars(int64_t quantity) { return {ProductType::kStars, quantity, 0}; }

PriceTable Table() {
  PriceTable table;
  table.packages = {{Stars(50), Units(250'000'000)},
                    {Stars(1000), Units(4'572'000'000)},
                    {Stars(100), Units(470'000'000)},
                    {{ProductType::kPremium, 0, 3}, Units(3'000'000'000)}};
  return table;
}

TEST(PricingQuoteTest, AListedPackageHasItsOwnPrice) {
  EXPECT_EQ(*CostOf(Table(), Stars(50)), Units(250'000'000));
  EXPECT_EQ(*CostOf(Table(), Stars(100)), Units(470'000'000));
  EXPECT_EQ(*CostOf(Table(), {ProductType::kPremium, 0, 3}), Units(3'000'000'000));
}

TEST(PricingQuoteTest, OtherNumbersFollowTheLargestPackageRoundedUp) {
  EXPECT_EQ(*CostOf(Table(), Stars(777)), Units(3'552'444'000));
  PriceTable odd;
  odd.packages = {{Stars(3), Units(10)}};
  EXPECT_EQ(*CostOf(odd, Stars(1)), Units(4));
  EXPECT_EQ(*CostOf(odd, Stars(2)), Units(7));
}

TEST(PricingQuoteTest, NonsensePricesAreNoPrices) {
  PriceTable table;
  EXPECT_EQ(ReasonOf(CostOf(table, Stars(50)).status()), Reason::kPricesStale);
  table.packages = {{Stars(50), Units(0)}, {Stars(0), Units(5)}};
  EXPECT_EQ(ReasonOf(CostOf(table, Stars(50)).status()), Reason::kPricesStale);
  table.packages = {{Stars(1), Units(INT64_MAX)}};
  EXPECT_EQ(ReasonOf(CostOf(table, Stars(1)).status()), Reason::kPricesStale);
  table.packages = {{Stars(1), Units(1'000'000'000'000'000'000)}};
  EXPECT_EQ(ReasonOf(CostOf(table, Stars(1'000'000)).status()), Reason::kPricesStale);
  EXPECT_EQ(ReasonOf(CostOf(Table(), {ProductType::kPremium, 0, 12}).status()),
            Reason::kPricesStale);
}

class QuoteTest : public testing::Test {
 protected:
  absl::StatusOr<Quote> Make(QuoteRequest request, absl::Duration age = absl::Seconds(5)) {
    PriceBook::Read read{Table(), age};
    read.table.quoted_at = now_ - age;
    return MakeQuote(read, request, policy_, now_);
  }
  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  PricingPolicy policy_;
};

TEST_F(QuoteTest, OwnSessionsPayNoCommission) {
  const auto quote = Make({Stars(1000)});
  ASSERT_TRUE(quote.ok());
  EXPECT_EQ(quote->commission, Units(0));
  EXPECT_EQ(quote->total, Units(4'572'000'000 + 52'000'000));
  EXPECT_EQ(quote->max_total, Units(4'624'000'000 + 91'440'000));
  EXPECT_EQ(quote->tolerance_bps, 200);
  EXPECT_EQ(quote->quoted_at, now_ - absl::Seconds(5));
  EXPECT_EQ(quote->valid_until, now_ + absl::Minutes(10));
}

TEST_F(QuoteTest, HouseSessionsPayTheCeilingOfTheirBasisPoints) {
  policy_.commission_bps_house = 33;
  const auto quote = Make({Stars(50), SessionKind::kHouse});
  ASSERT_TRUE(quote.ok());
  EXPECT_EQ(quote->commission, Units(825'000));
  EXPECT_EQ(quote->commission_bps, 33);
  EXPECT_EQ(quote->total, quote->cost + quote->commission + quote->network_reserve);
}

TEST_F(QuoteTest, TheCallersLimitIsKeptOrRefused) {
  QuoteRequest request{Stars(50)};
  request.max_total = Units(302'000'000);
  EXPECT_EQ(Make(request)->max_total, Units(302'000'000));
  request.max_total = Units(301'999'999);
  const absl::Status status = Make(request).status();
  EXPECT_EQ(ReasonOf(status), Reason::kPriceAboveMaxTotal);
  EXPECT_EQ(MetadataOf(status),
            (ErrorMetadata{{"total", "302000000"}, {"max_total", "301999999"}}));
}

TEST_F(QuoteTest, OldOrMissingPricesAreStale) {
  EXPECT_TRUE(Make({Stars(50)}, absl::Seconds(60)).ok());
  EXPECT_EQ(ReasonOf(Make({Stars(50)}, absl::Seconds(61)).status()), Reason::kPricesStale);
  EXPECT_EQ(ReasonOf(MakeQuote(std::nullopt, {Stars(50)}, policy_, now_).status()),
            Reason::kPricesStale);
}

}  // namespace
}  // namespace starlift
