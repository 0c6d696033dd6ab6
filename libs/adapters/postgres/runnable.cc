#include "adapters/postgres/runnable.h"

#include <pqxx/pqxx>

#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// The states are those of the index orders_due. An unpaid order's next_attempt_at is its
// expires_at. A lane that rests is not handed out before it may be taken.
constexpr Statement kDue{"runnable_due", R"(
SELECT kind, id FROM (
  (SELECT 'order' AS kind, id, next_attempt_at FROM orders
    WHERE state IN ('AWAITING_PAYMENT', 'QUEUED', 'PAID', 'NEEDS_REVIEW')
      AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())
    ORDER BY next_attempt_at LIMIT $1::integer)
  UNION ALL
  (SELECT 'lane', wallet, next_attempt_at FROM lanes
    WHERE next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())
      AND (cool_until IS NULL OR cool_until <= now())
    ORDER BY next_attempt_at LIMIT $1::integer)) due
 ORDER BY next_attempt_at LIMIT $1::integer)"};

}  // namespace

absl::StatusOr<std::vector<WorkItem>> PostgresRunnable::Due(int limit) {
  std::vector<WorkItem> due;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kDue, Params().Integer(limit))) {
      RowReader row(line);
      const bool lane = row.Text() == "lane";
      due.push_back({lane ? WorkItem::Kind::kLane : WorkItem::Kind::kOrder, row.Text()});
    }
    return absl::OkStatus();
  }));
  return due;
}

}  // namespace starlift::postgres
