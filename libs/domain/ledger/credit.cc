#include "domain/ledger/credit.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace starlift {

absl::Status CheckBookedAmount(Units amount) {
  if (amount != Units(0) && amount <= kMostBooked && amount >= -kMostBooked) {
    return absl::OkStatus();
  }
  return FailField(Reason::kInvalidField, "amount",
                   "in nanoton: not 0, and at most 10^15 either way");
}

std::string DifferingBookingField(const CreditBooking& asked, const CreditBooking& stored) {
  if (asked.amount != stored.amount) return "amount";
  if (asked.operator_name != stored.operator_name) return "operator";
  if (asked.reason != stored.reason) return "reason";
  return "";
}

std::string BookingIdFor(const CreditBooking& booking) {
  return DerivedId("crb_", {"credit", booking.tenant.value(), booking.request_id});
}

absl::Status CreditInsufficient(Units available, Units required) {
  return Fail(Reason::kCreditInsufficient, "the tenant's prepaid credit does not cover this",
              {{"available", absl::StrCat(available.value())},
               {"required", absl::StrCat(required.value())}});
}

}  // namespace starlift
