#pragma once

#include <optional>

#include "adapters/postgres/pool.h"
#include "base/clock.h"
#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/order/ports/event_renderer.h"

namespace starlift::postgres {

// PurchaseStore over PostgreSQL. Safe from many threads.
class PostgresPurchaseStore final : public PurchaseStore {
 public:
  // Times to come back are told in this process's clock and kept in the database's: only their
  // distance from now crosses over, so that a clock that is wrong delays nothing.
  PostgresPurchaseStore(Pool& pool, const EventRenderer& renderer, const Clock& clock)
      : pool_(pool), renderer_(renderer), clock_(clock) {}

  absl::StatusOr<std::optional<ClaimedOrder>> Claim(const OrderId& id, absl::string_view owner,
                                                    absl::Duration lease) override;
  absl::StatusOr<std::optional<SessionLease>> AcquireSession(const ClaimedOrder& claimed) override;
  absl::StatusOr<bool> GiveUpSession(const ClaimedOrder& claimed,
                                     const SessionLease& lease) override;
  absl::StatusOr<HistoryRivals> FindRivals(const Order& order) override;
  absl::StatusOr<bool> SaveJar(const SessionLease& lease, const SealedSecret& jar) override;
  absl::Status SaveInvoice(const ClaimedOrder& claimed, const OrderChange& invoiced,
                           const Invoice& invoice) override;
  absl::Status Save(const ClaimedOrder& claimed, const OrderChange& change) override;
  absl::Status Renew(const ClaimedOrder& claimed, absl::Duration lease) override;
  absl::Status Postpone(const ClaimedOrder& claimed, absl::Time next_attempt) override;
  absl::StatusOr<std::optional<PaidInvoice>> FindPaidInvoice(const OrderId& id) override;

 private:
  Pool& pool_;
  const EventRenderer& renderer_;
  const Clock& clock_;
};

}  // namespace starlift::postgres
