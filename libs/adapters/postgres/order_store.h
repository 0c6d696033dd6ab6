#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "adapters/postgres/pool.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/order/ports/order_store.h"

namespace starlift::postgres {

// OrderStore over PostgreSQL. Safe from many threads; holds nothing but the two references and what
// it last knew of the database's era.
class PostgresOrderStore final : public OrderStore {
 public:
  PostgresOrderStore(Pool& pool, const EventRenderer& renderer)
      : pool_(pool), renderer_(renderer) {}

  std::vector<CreateResult> Create(absl::Span<const NewOrder> orders) override;
  absl::StatusOr<std::optional<StoredOrder>> Find(const TenantId& tenant,
                                                  const OrderId& id) override;
  absl::StatusOr<std::vector<Order>> List(const TenantId& tenant, const OrderFilter& filter,
                                          const std::optional<OrderCursor>& before,
                                          int limit) override;
  absl::StatusOr<bool> Pay(const OrderChange& queued, const SecuredPayment& payment) override;
  absl::StatusOr<bool> EndUnpaid(const OrderChange& ended) override;
  absl::StatusOr<std::vector<StoredEvent>> EventsAfter(const TenantId& tenant, const OrderId& id,
                                                       int64_t sequence, int limit) override;

 private:
  Pool& pool_;
  const EventRenderer& renderer_;
  std::atomic<int64_t> era_{0};  // compared by each insert
};

}  // namespace starlift::postgres
