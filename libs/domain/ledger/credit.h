#pragma once

#include <string>

#include "absl/status/status.h"
#include "base/id.h"
#include "base/money.h"

namespace starlift {

// An operator's booking of prepaid TON for a tenant.
struct CreditBooking {
  TenantId tenant;
  std::string request_id;  // the booking's identity within the tenant, for ever
  Units amount;            // nanoton; negative: taken back
  std::string operator_name;
  std::string reason;
};

// The most that one booking moves, either way: a million TON. Sums of bookings fit an int64.
inline constexpr Units kMostBooked{1'000'000'000'000'000};

// INVALID_ARGUMENT INVALID_FIELD (field `amount`): 0, or more than one booking may move.
absl::Status CheckBookedAmount(Units amount);

// The path of the first field in which a booking differs from the one that its request id made;
// empty: they are the same.
std::string DifferingBookingField(const CreditBooking& asked, const CreditBooking& stored);

// The same for ever.
std::string BookingIdFor(const CreditBooking& booking);

// FAILED_PRECONDITION CREDIT_INSUFFICIENT, with both amounts in nanoton.
absl::Status CreditInsufficient(Units available, Units required);

}  // namespace starlift
