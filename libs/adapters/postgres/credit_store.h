#pragma once

#include "absl/status/statusor.h"
#include "adapters/postgres/pool.h"
#include "domain/ledger/ports/credit_store.h"

namespace starlift::postgres {

class PostgresCreditStore final : public CreditStore {
 public:
  explicit PostgresCreditStore(Pool& pool) : pool_(pool) {}
  absl::StatusOr<CreditAnswer> Book(const CreditBooking& booking) override;
  absl::StatusOr<Units> Available(const TenantId& tenant) override;

 private:
  Pool& pool_;
};

// True when a write failed because the tenant's credit would have fallen below zero.
bool CreditTooSmall(const absl::Status& status);
// What such a write is answered with, once what there is was read: CREDIT_INSUFFICIENT.
absl::Status CreditTooSmallFor(Pool& pool, const TenantId& tenant, Units required);

}  // namespace starlift::postgres
