#include "domain/webhook/delivery_machine.h"

#include <algorithm>
#include <array>

#include "base/backoff.h"

namespace starlift {
namespace {

constexpr int kGone = 410;

bool Succeeded(const WebhookAnswer& answer) {
  return answer.error.empty() && answer.http_status >= 200 && answer.http_status < 300;
}

}  // namespace

absl::Span<const absl::Duration> DeliverySchedule() {
  static const std::array<absl::Duration, 12> kSchedule = {
      absl::ZeroDuration(), absl::Seconds(5),  absl::Seconds(30), absl::Minutes(2),
      absl::Minutes(10),    absl::Minutes(30), absl::Hours(2),    absl::Hours(5),
      absl::Hours(10),      absl::Hours(14),   absl::Hours(20),   absl::Hours(24)};
  return kSchedule;
}

DeliveryDecision Decide(int32_t tries_before, const WebhookAnswer& answer, Random& random) {
  if (Succeeded(answer)) return DeliveryDone{};
  const size_t next_try = static_cast<size_t>(std::max(tries_before, 0)) + 1;
  if (answer.http_status == kGone || next_try >= DeliverySchedule().size()) {
    return DeliveryGivenUp{};
  }
  const absl::Duration planned = DeliverySchedule()[next_try];
  const absl::Duration asked = std::min(answer.retry_after, 2 * planned);
  return DeliveryRetry{std::max(Jittered(planned, random), asked)};
}

}  // namespace starlift
