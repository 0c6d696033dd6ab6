#pragma once

#include <optional>

#include "base/clock.h"
#include "domain/order/ports/price_book.h"

namespace starlift {

class FakePriceBook final : public PriceBook {
 public:
  explicit FakePriceBook(const Clock& clock) : clock_(clock) {}

  absl::Status Replace(const PriceTable& table) override {
    table_ = table;
    table_->quoted_at = clock_.Now();
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Read>> Latest() override {
    if (!table_) return std::optional<Read>();
    return std::optional<Read>({*table_, clock_.Now() - table_->quoted_at});
  }

 private:
  const Clock& clock_;
  std::optional<PriceTable> table_;
};

}  // namespace starlift
