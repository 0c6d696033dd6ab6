#pragma once

#include <cstdint>
#include <variant>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/random.h"
#include "domain/webhook/ports/webhook_sender.h"

namespace starlift {

// The planned wait before each try, from the first (none) to the twelfth: about 75 h 43 min in all,
// so that a receiver that is down over a weekend misses nothing.
absl::Span<const absl::Duration> DeliverySchedule();

// The receiver took it.
struct DeliveryDone {};
// Try again after `wait`.
struct DeliveryRetry {
  absl::Duration wait;
};
// No more tries: all were made, or the receiver said that it is gone.
struct DeliveryGivenUp {};

using DeliveryDecision = std::variant<DeliveryDone, DeliveryRetry, DeliveryGivenUp>;

// What follows from the answer to a try that was preceded by `tries_before` others. Only 2xx is
// success: a redirect is a failure like any other, since it is never followed; 410 ends it at once.
// Waits are spread by ±20 %; a Retry-After can lengthen a wait to at most twice the planned one and
// never shortens it.
DeliveryDecision Decide(int32_t tries_before, const WebhookAnswer& answer, Random& random);

}  // namespace starlift
