#pragma once

#include <optional>
#include <vector>

#include "adapters/postgres/pool.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/payment/ports/review_store.h"

namespace starlift::postgres {

// ReviewStore over PostgreSQL. A decision is written under the locks of the lane and the order, in
// the order in which lanes take them, so that no verdict can change between the look and the write.
class PostgresReviewStore final : public ReviewStore {
 public:
  PostgresReviewStore(Pool& pool, const EventRenderer& renderer)
      : pool_(pool), renderer_(renderer) {}

  absl::StatusOr<std::vector<Review>> List(const ReviewFilter& filter,
                                           const std::optional<ReviewCursor>& after,
                                           int limit) override;
  absl::StatusOr<Review> Find(const OrderId& order) override;
  absl::StatusOr<Resolved> Resolve(const ReviewRequest& request, const Rule& rule) override;
  absl::StatusOr<std::vector<LaneReport>> ListLanes(bool shut_only, absl::string_view after_wallet,
                                                    int limit) override;
  absl::StatusOr<LaneReport> OpenLane(absl::string_view wallet, const OperatorNote& note,
                                      const LaneRule& rule) override;

 private:
  Pool& pool_;
  const EventRenderer& renderer_;
};

}  // namespace starlift::postgres
