#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "domain/payment/payment_rules.h"

namespace starlift {

// How patient a purchase is.
struct PurchaseRules {
  PaymentRules payment;
  absl::Duration lease = absl::Seconds(15);
  absl::Duration delivery_wait = absl::Hours(2);
  absl::Duration delivery_poll = absl::Seconds(1);        // the first minute
  absl::Duration delivery_slow_poll = absl::Seconds(10);  // later
  absl::Duration review_poll = absl::Minutes(1);          // late evidence closes a review
  // Before a session is asked for anew that has no place now. An own session is free soon, when its
  // one order ends; for the house's the wait doubles, so that a long queue costs little.
  absl::Duration session_busy = absl::Seconds(1);
  absl::Duration session_busy_most = absl::Seconds(15);
  absl::Duration outage_first = absl::Seconds(1);  // then doubling
  absl::Duration outage_most = absl::Minutes(1);
  int32_t max_crashes = 3;
  int32_t price_change_tries = 3;
  int32_t confirm_tries = 3;
};

}  // namespace starlift
