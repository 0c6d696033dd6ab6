#pragma once

#include "absl/status/statusor.h"
#include "base/id.h"
#include "base/money.h"
#include "domain/ledger/credit.h"

namespace starlift {

struct CreditAnswer {
  Units available;        // nanoton, after the booking
  bool replayed = false;  // the request id was known: nothing was booked
};

// The tenants' prepaid credit. It is the sum of their accounts' ledger entries, which the store
// keeps beside them and never lets fall below zero. Calling again is safe.
class CreditStore {
 public:
  virtual ~CreditStore() = default;
  // Books once, whatever is called again. NOT_FOUND TENANT_NOT_FOUND; FAILED_PRECONDITION
  // CREDIT_INSUFFICIENT; INVALID_ARGUMENT REQUEST_ID_REUSED (metadata `field`) for another booking
  // under a known request id.
  virtual absl::StatusOr<CreditAnswer> Book(const CreditBooking& booking) = 0;
  // In nanoton. NOT_FOUND TENANT_NOT_FOUND.
  virtual absl::StatusOr<Units> Available(const TenantId& tenant) = 0;
};

}  // namespace starlift
