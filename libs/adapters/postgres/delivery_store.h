#pragma once

#include <vector>

#include "adapters/postgres/pool.h"
#include "domain/webhook/ports/delivery_store.h"

namespace starlift::postgres {

// DeliveryStore over PostgreSQL. Safe from many threads.
class PostgresDeliveryStore final : public DeliveryStore {
 public:
  explicit PostgresDeliveryStore(Pool& pool) : pool_(pool) {}

  absl::StatusOr<std::vector<Delivery>> Claim(absl::string_view owner, absl::Duration lease,
                                              int limit) override;
  absl::Status Delivered(const Delivery& delivery, const DeliveryAttempt& attempt) override;
  absl::Status Retry(const Delivery& delivery, const DeliveryAttempt& attempt,
                     absl::Duration wait) override;
  absl::Status GiveUp(const Delivery& delivery, const DeliveryAttempt& attempt) override;

 private:
  Pool& pool_;
};

}  // namespace starlift::postgres
