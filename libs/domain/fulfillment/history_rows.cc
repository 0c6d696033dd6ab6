#include "domain/fulfillment/history_rows.h"

#include <algorithm>

namespace starlift {
namespace {

bool NewestFirst(const std::vector<HistoryRow>& rows) {
  const bool timed = std::none_of(rows.begin(), rows.end(), [](const HistoryRow& row) {
    return row.at == absl::InfinitePast();
  });
  return timed &&
         std::is_sorted(rows.begin(), rows.end(),
                        [](const HistoryRow& a, const HistoryRow& b) { return a.at > b.at; });
}

}  // namespace

std::optional<int32_t> RowsOf(const PurchaseHistory& history, const Order& order) {
  if (!history.whole && !NewestFirst(history.rows)) return std::nullopt;
  return static_cast<int32_t>(
      std::count_if(history.rows.begin(), history.rows.end(), [&](const HistoryRow& row) {
        return row.recipient == order.recipient && row.product == order.product;
      }));
}

}  // namespace starlift
