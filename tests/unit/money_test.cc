#include "base/money.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace starlift {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

TEST(UnitsTest, AddsAndSubtracts) {
  EXPECT_EQ(Units(2) + Units(3), Units(5));
  EXPECT_EQ(Units(2) - Units(3), Units(-1));
  EXPECT_EQ(-Units(4), Units(-4));
  Units sum;
  sum += Units(7);
  EXPECT_EQ(sum.value(), 7);
  EXPECT_LT(Units(-1), Units(0));
  EXPECT_EQ(Units(kMost) + Units(kLeast), Units(-1));
}

TEST(UnitsDeathTest, WhatLeaves64BitsEndsTheProcess) {
  EXPECT_DEATH((void)(Units(kMost) + Units(1)), "check failed");
  EXPECT_DEATH((void)(Units(kLeast) - Units(1)), "check failed");
  EXPECT_DEATH((void)(-Units(kLeast)), "check failed");
}

TEST(UnitsTest, CommissionIsRoundedUp) {
  EXPECT_EQ(BpsCeil(Units(457'200'000), 100), Units(4'572'000));
  EXPECT_EQ(BpsCeil(Units(1), 1), Units(1));
  EXPECT_EQ(BpsCeil(Units(10'000), 1), Units(1));
  EXPECT_EQ(BpsCeil(Units(10'001), 1), Units(2));
  EXPECT_EQ(BpsCeil(Units(0), 10'000), Units(0));
  EXPECT_EQ(BpsCeil(Units(99), 0), Units(0));
  EXPECT_EQ(BpsCeil(Units(kMost), 10'000), Units(kMost)) << "computed in 128 bits";
}

TEST(UnitsDeathTest, ACommissionOutsideItsRangeEndsTheProcess) {
  EXPECT_DEATH((void)BpsCeil(Units(-1), 1), "check failed");
  EXPECT_DEATH((void)BpsCeil(Units(1), 10'001), "check failed");
  EXPECT_DEATH((void)BpsCeil(Units(1), -1), "check failed");
}

TEST(UnitsTest, PricesAreRoundedUp) {
  EXPECT_EQ(*ScaleCeil(3, Units(10), 4), Units(8));
  EXPECT_EQ(*ScaleCeil(4, Units(10), 4), Units(10));
  EXPECT_EQ(*ScaleCeil(0, Units(10), 4), Units(0));
  EXPECT_EQ(*ScaleCeil(kMost, Units(kMost), kMost), Units(kMost));
  EXPECT_EQ(ScaleCeil(kMost, Units(2), 1).status().code(), absl::StatusCode::kOutOfRange);
  for (int64_t per : {int64_t{0}, int64_t{-1}, kLeast}) {
    EXPECT_EQ(ScaleCeil(1, Units(1), per).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(ScaleCeil(-1, Units(1), 1).ok());
  EXPECT_FALSE(ScaleCeil(1, Units(-1), 1).ok());
}

TEST(UnitsTest, ReadsPlainDecimals) {
  EXPECT_EQ(*ParseDecimal("0.4572", 9), Units(457'200'000));
  EXPECT_EQ(*ParseDecimal("1,234.5678", 9), Units(1'234'567'800'000));
  EXPECT_EQ(*ParseDecimal("12", 6), Units(12'000'000));
  EXPECT_EQ(*ParseDecimal("0.000000001", 9), Units(1));
  EXPECT_EQ(*ParseDecimal("9223372036.854775807", 9), Units(kMost));
}

TEST(UnitsTest, RefusesEverythingElse) {
  for (const char* text :
       {"", ".", ",", "-1", "+1", "1e9", "1 000", " 1", "1 ", "0x1", "1.2.3", "1.2,3", ",1",
        "0.0000000001", "9223372036.854775808", "99999999999999999999999999999999999999999999"}) {
    EXPECT_FALSE(ParseDecimal(text, 9).ok()) << text;
  }
}

TEST(UnitsTest, IsWrittenForPeople) {
  EXPECT_EQ(FormatUnits(Units(457'200'000), Asset::kTon), "0.4572");
  EXPECT_EQ(FormatUnits(Units(1), Asset::kTon), "0.000000001");
  EXPECT_EQ(FormatUnits(Units(0), Asset::kTon), "0");
  EXPECT_EQ(FormatUnits(Units(20'000'000'000), Asset::kTon), "20");
  EXPECT_EQ(FormatUnits(Units(-1'500'000), Asset::kUsdt), "-1.5");
  EXPECT_EQ(FormatUnits(Units(kLeast), Asset::kTon), "-9223372036.854775808");
}

TEST(UnitsTest, WhatIsWrittenIsReadBack) {
  for (int64_t value : {int64_t{1}, int64_t{9}, int64_t{10}, int64_t{999'999'999},
                        int64_t{1'000'000'000}, int64_t{123'456'789'012'345}, kMost}) {
    EXPECT_EQ(*ParseDecimal(FormatUnits(Units(value), Asset::kTon), 9), Units(value));
  }
}

TEST(UnitsTest, AssetsHaveTheirNames) {
  EXPECT_EQ(*ParseAsset(AssetName(Asset::kTon)), Asset::kTon);
  EXPECT_EQ(*ParseAsset(AssetName(Asset::kUsdt)), Asset::kUsdt);
  EXPECT_FALSE(ParseAsset("ton").ok());
}

}  // namespace
}  // namespace starlift
