#pragma once

#include <vector>

#include "adapters/postgres/pool.h"
#include "domain/webhook/ports/delivery_store.h"

namespace starlift::postgres {

// DeliveryStore over PostgreSQL. Safe from many threads.
//
// A receiver that hangs holds whoever calls it for the whole of a call. So a claim gives an owner
// no more than `most_per_tenant` deliveries of one tenant at a time, those that it holds already
// counted in, and serves the tenants first of which it holds least: the others' events pass a dead
// receiver by. A quarter of the owner's threads is a good number.
class PostgresDeliveryStore final : public DeliveryStore {
 public:
  explicit PostgresDeliveryStore(Pool& pool, int most_per_tenant = 2)
      : pool_(pool), most_per_tenant_(most_per_tenant) {}

  absl::StatusOr<std::vector<Delivery>> Claim(absl::string_view owner, absl::Duration lease,
                                              int limit) override;
  absl::Status Delivered(const Delivery& delivery, const DeliveryAttempt& attempt) override;
  absl::Status Retry(const Delivery& delivery, const DeliveryAttempt& attempt,
                     absl::Duration wait) override;
  absl::Status GiveUp(const Delivery& delivery, const DeliveryAttempt& attempt) override;

 private:
  Pool& pool_;
  const int most_per_tenant_;
};

}  // namespace starlift::postgres
