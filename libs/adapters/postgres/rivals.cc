#include "adapters/postgres/rivals.h"

#include <pqxx/pqxx>

#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

constexpr Statement kNoteDelivered{"rivals_note_delivered", R"(
UPDATE session_places SET delivered_before = (
    SELECT count(*) FROM rivals r WHERE r.of_order = $1 AND r.state = 'DELIVERED')
 WHERE order_id = $1)"};

// A purchase page may say that it is done before the history shows it. A rival that was DELIVERED
// by its page, and whose own baseline is not below this one, has its row still to come: it does not
// count as one whose row is in the baseline.
constexpr Statement kKeepDelivered{"rivals_keep_delivered", R"(
UPDATE invoices SET delivered_before = p.delivered_before - (
    SELECT count(*) FROM rivals r
     WHERE r.of_order = p.order_id AND r.state = 'DELIVERED' AND r.evidence = 'session_state'
       AND NOT COALESCE((SELECT i.history_baseline FROM invoices i WHERE i.order_id = r.id
                          ORDER BY i.fetched_at DESC, i.id DESC LIMIT 1)
                        < invoices.history_baseline, false))
  FROM session_places p
 WHERE invoices.fragment_request_id = $1 AND p.order_id = invoices.order_id
   AND invoices.history_baseline IS NOT NULL)"};

// One statement, so that a rival is seen either waiting or delivered, never as neither.
constexpr Statement kCount{"rivals_count", R"(
WITH mine AS (
  SELECT o.id, o.paid_at, COALESCE((
      SELECT i.delivered_before FROM payments p
        JOIN invoices i ON i.payee = p.payee AND i.payload_hash = p.body_hash AND i.order_id = p.order_id
       WHERE p.order_id = o.id AND p.kind = 'purchase' AND p.verdict = 'PAID'), 0) AS delivered_before
    FROM orders o WHERE o.id = $1)
SELECT count(r.id) FILTER (WHERE r.state = 'DELIVERED') - mine.delivered_before,
       count(r.id) FILTER (WHERE r.state <> 'DELIVERED' AND (r.paid_at, r.id) < (mine.paid_at, mine.id))
  FROM mine LEFT JOIN rivals r ON r.of_order = mine.id
 GROUP BY mine.delivered_before)"};

}  // namespace

void NoteDelivered(Transaction& tx, absl::string_view order) {
  tx.Run(kNoteDelivered, Params().Text(order));
}

void KeepDelivered(Transaction& tx, const Invoice& invoice) {
  tx.Run(kKeepDelivered, Params().Text(invoice.fragment_request_id));
}

absl::StatusOr<HistoryRivals> CountRivals(Pool& pool, const OrderId& order) {
  HistoryRivals rivals;
  RETURN_IF_ERROR(pool.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kCount, Params().Text(order.value()))) {
      RowReader row(line);
      rivals.delivered_since = static_cast<int32_t>(row.Integer());
      rivals.paid_before = static_cast<int32_t>(row.Integer());
    }
    return absl::OkStatus();
  }));
  return rivals;
}

}  // namespace starlift::postgres
