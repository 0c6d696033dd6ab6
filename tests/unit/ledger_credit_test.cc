#include "domain/ledger/credit.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace starlift {
namespace {

CreditBooking Booking() { return {TenantId("ten_a"), "b1", Units(5), "ann", "paid in"}; }

TEST(LedgerCreditTest, ABookingMovesSomethingAndNotTooMuch) {
  for (int64_t good : {int64_t{1}, int64_t{-1}, kMostBooked.value(), -kMostBooked.value()}) {
    EXPECT_TRUE(CheckBookedAmount(Units(good)).ok()) << good;
  }
  for (int64_t bad :
       {int64_t{0}, kMostBooked.value() + 1, -kMostBooked.value() - 1, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(FieldOf(CheckBookedAmount(Units(bad))), "amount") << bad;
  }
}

TEST(LedgerCreditTest, TheSameRequestIsTheSameBooking) {
  const CreditBooking first = Booking();
  CreditBooking other = Booking();
  EXPECT_EQ(DifferingBookingField(other, first), "");
  EXPECT_EQ(BookingIdFor(other), BookingIdFor(first));
  other.amount = Units(6);
  EXPECT_EQ(DifferingBookingField(other, first), "amount");
  other = Booking();
  other.operator_name = "bob";
  EXPECT_EQ(DifferingBookingField(other, first), "operator");
  other = Booking();
  other.reason = "paid twice";
  EXPECT_EQ(DifferingBookingField(other, first), "reason");
  other.tenant = TenantId("ten_b");
  EXPECT_NE(BookingIdFor(other), BookingIdFor(first));
}

}  // namespace
}  // namespace starlift
