#include "adapters/postgres/delivery_store.h"

#include <pqxx/pqxx>

#include "adapters/postgres/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// The recursion jumps from tenant to tenant along the index, so a backlog of one costs the others
// nothing. SKIP LOCKED, with a second look at the row: several senders that chose the same rows do
// not wait for each other. A try that was under way when its sender died is made again under the
// same id.
constexpr Statement kClaim{"delivery_claim", R"(
WITH RECURSIVE tenant (id) AS (
  (SELECT tenant_id FROM webhook_deliveries WHERE status = 'pending' ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT tenant_id FROM webhook_deliveries
           WHERE status = 'pending' AND tenant_id > tenant.id ORDER BY tenant_id LIMIT 1)
    FROM tenant WHERE tenant.id IS NOT NULL),
held AS (
  SELECT tenant_id, count(*) AS leases FROM webhook_deliveries
   WHERE lease_owner = $1 AND status = 'pending' AND lease_until >= now() GROUP BY tenant_id),
chosen AS (
  SELECT own.id FROM tenant LEFT JOIN held ON held.tenant_id = tenant.id
   CROSS JOIN LATERAL (
     SELECT id, next_attempt_at, row_number() OVER (ORDER BY next_attempt_at) AS place FROM (
       SELECT id, next_attempt_at FROM webhook_deliveries
        WHERE tenant_id = tenant.id AND status = 'pending' AND next_attempt_at <= now()
          AND (lease_until IS NULL OR lease_until < now())
        ORDER BY next_attempt_at LIMIT GREATEST($4::bigint - COALESCE(held.leases, 0), 0)) oldest) own
   ORDER BY COALESCE(held.leases, 0) + own.place, own.next_attempt_at LIMIT $3::integer),
due AS (
  SELECT d.id FROM webhook_deliveries d JOIN chosen ON chosen.id = d.id
   WHERE d.status = 'pending' AND d.next_attempt_at <= now()
     AND (d.lease_until IS NULL OR d.lease_until < now())
     FOR UPDATE OF d SKIP LOCKED),
taken AS (
  UPDATE webhook_deliveries d SET
      lease_owner = $1, lease_until = now() + $2::bigint * interval '1 microsecond',
      fence = fence + 1
    FROM due WHERE d.id = due.id
  RETURNING d.id, d.tenant_id, d.order_id, d.sequence, d.url, d.attempt, d.fence)
SELECT taken.id, taken.tenant_id, taken.order_id, taken.url, e.body, o.traceparent, taken.attempt,
       taken.fence, t.webhook_key_id, t.webhook_secret
  FROM taken
  JOIN order_events e ON e.order_id = taken.order_id AND e.sequence = taken.sequence
  JOIN orders o ON o.id = taken.order_id
  JOIN tenants t ON t.id = taken.tenant_id
 ORDER BY taken.order_id, taken.sequence)"};

constexpr Statement kAttempted{"delivery_attempted", R"(
UPDATE webhook_deliveries SET
    status = $3, attempt = attempt + 1, lease_owner = NULL, lease_until = NULL,
    next_attempt_at = now() + $4::bigint * interval '1 microsecond',
    delivered_at = CASE WHEN $3 = 'delivered' THEN now() END,
    last_status = $5::integer, last_error = $6, last_answer = $7, last_took_ms = $8::bigint
 WHERE id = $1 AND fence = $2::bigint AND status = 'pending'
RETURNING 1)"};

absl::Status Write(Pool& pool, const Delivery& delivery, const DeliveryAttempt& attempt,
                   absl::string_view status, absl::Duration wait) {
  return pool.Autocommit([&](Transaction& tx) {
    const auto rows = tx.Run(kAttempted, Params()
                                             .Text(delivery.id)
                                             .Integer(delivery.fence)
                                             .Text(status)
                                             .Micros(wait)
                                             .Integer(attempt.http_status)
                                             .ForeignText(attempt.error)
                                             .ForeignText(attempt.answer)
                                             .Integer(absl::ToInt64Milliseconds(attempt.took)));
    return rows.empty() ? TooLate() : absl::OkStatus();
  });
}

Delivery DeliveryFromRow(RowReader& row) {
  Delivery delivery;
  delivery.id = row.Text();
  delivery.tenant = TenantId(row.Text());
  delivery.order = OrderId(row.Text());
  delivery.url = row.Text();
  delivery.body = row.Text();
  delivery.traceparent = row.Text();
  delivery.attempt = static_cast<int32_t>(row.Integer());
  delivery.fence = row.Integer();
  delivery.secret.key_id = row.Text();
  delivery.secret.bytes = row.Bytes();
  return delivery;
}

}  // namespace

absl::StatusOr<std::vector<Delivery>> PostgresDeliveryStore::Claim(absl::string_view owner,
                                                                   absl::Duration lease,
                                                                   int limit) {
  std::vector<Delivery> claimed;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const auto rows =
        tx.Run(kClaim, Params().Text(owner).Micros(lease).Integer(limit).Integer(most_per_tenant_));
    for (const auto& line : rows) {
      RowReader row(line);
      claimed.push_back(DeliveryFromRow(row));
    }
    return absl::OkStatus();
  }));
  return claimed;
}

absl::Status PostgresDeliveryStore::Delivered(const Delivery& delivery,
                                              const DeliveryAttempt& attempt) {
  return Write(pool_, delivery, attempt, "delivered", absl::ZeroDuration());
}

absl::Status PostgresDeliveryStore::Retry(const Delivery& delivery, const DeliveryAttempt& attempt,
                                          absl::Duration wait) {
  return Write(pool_, delivery, attempt, "pending", wait);
}

absl::Status PostgresDeliveryStore::GiveUp(const Delivery& delivery,
                                           const DeliveryAttempt& attempt) {
  return Write(pool_, delivery, attempt, "exhausted", absl::ZeroDuration());
}

}  // namespace starlift::postgres
