#pragma once

#include <nlohmann/json_fwd.hpp>

#include "absl/status/statusor.h"
#include "domain/fulfillment/ports/marketplace.h"

namespace starlift::fragment {

// The site lists so many purchases at most; what is older does not show.
inline constexpr size_t kMostHistoryRows = 500;

// A history page as the site's own script gets it ({"h": html, "s": …, "j": script}): a table with
// one row for each purchase, newest first. A row that is not understood makes the whole answer
// unreadable, because deliveries are told by counting rows: a missing one is a wrong count. Price
// and time of a row may be missing. SESSION_DEAD for the page of somebody who is not logged in.
absl::StatusOr<PurchaseHistory> ReadHistory(const nlohmann::json& parts, ProductType type);

}  // namespace starlift::fragment
