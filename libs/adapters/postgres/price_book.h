#pragma once

#include <optional>

#include "adapters/postgres/pool.h"
#include "domain/order/ports/price_book.h"

namespace starlift::postgres {

// PriceBook over PostgreSQL: one row. Safe from many threads.
class PostgresPriceBook final : public PriceBook {
 public:
  explicit PostgresPriceBook(Pool& pool) : pool_(pool) {}

  absl::Status Replace(const PriceTable& table) override;
  absl::StatusOr<std::optional<Read>> Latest() override;

 private:
  Pool& pool_;
};

}  // namespace starlift::postgres
