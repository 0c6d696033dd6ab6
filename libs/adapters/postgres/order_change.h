#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/postgres/statement.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/order/ports/order_store.h"

namespace starlift::postgres {

// "{outbox}" in a statement that has a WITH part `moved (id, tenant_id)` and takes OutboxParams as
// its first parameters: the event, the delivery and the ledger rows of a change, if the row was
// moved. Everything is one statement, so that it is one round trip and cannot be left half done.
inline constexpr absl::string_view kOutbox = R"(
told AS (
  INSERT INTO order_events (order_id, sequence, state, body, created_at)
  SELECT id, $3::bigint, $4, $5, $6::timestamptz FROM moved),
called AS (
  INSERT INTO webhook_deliveries (id, tenant_id, order_id, sequence, url)
  SELECT $8, tenant_id, id, $3::bigint, $7 FROM moved WHERE $7 <> ''),
entries AS (
  SELECT moved.id AS order_id, e.*
    FROM moved, unnest($9::text[], $10::integer[], $11::text[], $12::text[], $13::bigint[])
                AS e (kind, number, account, asset, amount)),
booked AS (
  INSERT INTO ledger_transactions (order_id, kind, number)
  SELECT DISTINCT order_id, kind, number FROM entries RETURNING id, kind, number),
written AS (
  INSERT INTO ledger_entries (transaction_id, account, asset, amount)
  SELECT booked.id, e.account, e.asset, e.amount FROM booked JOIN entries e USING (kind, number)))";

// $1 id, $2 tenant, $3 sequence, $4 state, $5 event body, $6 time of the change, $7 callback URL,
// $8 delivery id, $9..$13 ledger entries. INTERNAL when a ledger transaction does not sum to zero.
absl::StatusOr<Params> OutboxParams(const OrderChange& change, const EventRenderer& renderer);

// The webhook-id of the order's event: the same for ever.
std::string DeliveryIdFor(const OrderId& order, int64_t sequence);

// What must be true of the row for a change to be written. In every case it must be of the change's
// tenant and stand one sequence number before the change: a compare-and-set by itself.
struct ChangeGuard {
  std::vector<OrderState> from;
  std::optional<int64_t> fence;       // of the order's lease
  std::string wallet;                 // not empty: the order must be of this lane
  std::optional<bool> still_payable;  // whether `expires_at` must be ahead, by the database's clock
};

// Writes the change with its event, delivery and ledger rows, gives the order's lease back, and
// says when it is due next. At a terminal state of a paid-for order it also deletes the order's
// sealed secrets, frees its place on the session, and wipes the tenant's cookies of an own session
// when this was the tenant's last order there. ABORTED CONCURRENT_REQUEST when the row is not as
// the guard says. One statement, unless it ends such an order.
absl::Status WriteChange(Transaction& tx, const EventRenderer& renderer, const OrderChange& change,
                         const ChangeGuard& guard);

}  // namespace starlift::postgres
