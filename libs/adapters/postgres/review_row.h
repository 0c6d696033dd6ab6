#pragma once

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "adapters/postgres/statement.h"
#include "domain/payment/ports/review_store.h"

namespace starlift::postgres {

// The orders in review, the longest waiting first, each with everything that is known of it.
std::vector<Review> ReadReviews(Transaction& tx, const ReviewFilter& filter,
                                const std::optional<ReviewCursor>& after, int limit);
// Any order; nullopt: there is none.
std::optional<Review> ReadReview(Transaction& tx, const OrderId& order);

// Lanes by address, after `after_wallet`.
std::vector<LaneReport> ReadLanes(Transaction& tx, bool shut_only, absl::string_view after_wallet,
                                  int limit);
std::optional<LaneReport> ReadLane(Transaction& tx, absl::string_view wallet);

}  // namespace starlift::postgres
