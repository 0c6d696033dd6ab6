#pragma once

#include <mutex>
#include <optional>

#include "absl/time/time.h"
#include "base/clock.h"
#include "domain/order/ports/price_book.h"

namespace starlift::rpc {

// Remembers the newest prices for up to a second, so that a burst of orders does not ask the
// database for each. The age that it answers goes on growing meanwhile. Safe from several threads.
class PriceMemory final : public PriceBook {
 public:
  PriceMemory(PriceBook& prices, const Clock& clock) : prices_(prices), clock_(clock) {}

  absl::Status Replace(const PriceTable& table) override { return prices_.Replace(table); }
  absl::StatusOr<std::optional<Read>> Latest() override;

 private:
  PriceBook& prices_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<Read> remembered_;
  absl::Time read_at_ = absl::InfinitePast();
};

}  // namespace starlift::rpc
