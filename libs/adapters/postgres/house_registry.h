#pragma once

#include "adapters/postgres/pool.h"
#include "domain/fulfillment/ports/house_registry.h"

namespace starlift::postgres {

// HouseRegistry over PostgreSQL.
class PostgresHouseRegistry final : public HouseRegistry {
 public:
  explicit PostgresHouseRegistry(Pool& pool) : pool_(pool) {}

  absl::Status Register(absl::Span<const Payer> wallets,
                        absl::Span<const HouseSession> sessions) override;

 private:
  Pool& pool_;
};

}  // namespace starlift::postgres
