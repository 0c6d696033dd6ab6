#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "domain/access/sealed.h"

namespace starlift {

// One event on its way to one URL.
struct Delivery {
  std::string id;  // the webhook-id: the same over all tries
  TenantId tenant;
  OrderId order;
  std::string url;
  std::string body;
  std::string traceparent;
  int32_t attempt = 0;  // tries that were made before this one
  int64_t fence = 0;
  SealedSecret secret;  // of the tenant; context: tenant, "endpoint", tenant id, "webhook_secret"
};

// How one try went.
struct DeliveryAttempt {
  int32_t http_status = 0;  // 0: no answer
  std::string error;        // a class such as "timeout", "address_refused"; empty on success
  std::string answer;       // the first 1 KiB
  absl::Duration took;
};

// The outbox of webhooks: rows made in the same transaction as the event they tell of.
class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;
  // Takes up to `limit` deliveries that are due, each for `lease` by the database's clock.
  virtual absl::StatusOr<std::vector<Delivery>> Claim(absl::string_view owner, absl::Duration lease,
                                                      int limit) = 0;
  virtual absl::Status Delivered(const Delivery& delivery, const DeliveryAttempt& attempt) = 0;
  // Due again after `wait`.
  virtual absl::Status Retry(const Delivery& delivery, const DeliveryAttempt& attempt,
                             absl::Duration wait) = 0;
  // No more tries.
  virtual absl::Status GiveUp(const Delivery& delivery, const DeliveryAttempt& attempt) = 0;
};

}  // namespace starlift
