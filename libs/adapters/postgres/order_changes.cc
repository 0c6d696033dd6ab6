#include "adapters/postgres/order_changes.h"

#include <algorithm>
#include <map>
#include <pqxx/pqxx>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/postgres/error.h"
#include "adapters/postgres/order_row.h"
#include "adapters/postgres/statement_columns.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/order_machine.h"

namespace starlift::postgres {
namespace {

// In the order of their ids, so that no two writers of many orders wait for each other in a circle.
constexpr Statement kLockOrders{"order_changes_lock", R"(
SELECT 1 FROM orders WHERE id = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE)"};

// The columns are those of order_change.cc's statement, and mean the same. Entries go in by
// account: what a tenant may still spend is a row that several lanes change.
constexpr Statement kChanges{"order_changes", R"(
WITH change AS MATERIALIZED (
  SELECT * FROM unnest(
      $1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
      $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
      $15::bigint[], $16::bigint[], $17::integer[], $18::integer[], $19::timestamptz[],
      $20::timestamptz[], $21::timestamptz[], $22::timestamptz[], $23::text[])
    AS c (id, tenant_id, sequence, state, body, updated_at, callback_url, delivery_id, reason,
          reason_message, reason_metadata, evidence, normalized_hash, transaction_hash,
          transaction_lt, paid_amount, invoice_attempts, payment_attempts, queued_at, paid_at,
          ended_at, execute_by, came_from)),
moved AS (
  UPDATE orders SET
      state = c.state, sequence = c.sequence, updated_at = c.updated_at,
      reason = c.reason, reason_message = c.reason_message, reason_metadata = c.reason_metadata,
      evidence = c.evidence, normalized_hash = c.normalized_hash,
      transaction_hash = c.transaction_hash, transaction_lt = c.transaction_lt,
      paid_amount = c.paid_amount, invoice_attempts = c.invoice_attempts,
      payment_attempts = c.payment_attempts, queued_at = c.queued_at, paid_at = c.paid_at,
      ended_at = c.ended_at, execute_by = c.execute_by,
      lease_owner = NULL, lease_until = NULL, crashes = 0, tries = 0,
      next_attempt_at = CASE WHEN c.state IN ('QUEUED', 'PAID') THEN now()
                             WHEN c.state = 'NEEDS_REVIEW' AND c.paid_at IS NOT NULL THEN now() END
    FROM change c
   WHERE orders.id = c.id AND orders.tenant_id IS NOT DISTINCT FROM c.tenant_id
     AND orders.sequence = c.sequence - 1
     AND orders.state = ANY (string_to_array(c.came_from, ','))
     AND ($24::text IS NULL OR orders.wallet_address = $24)
  RETURNING orders.id, orders.tenant_id, c.sequence, c.state, c.body, c.updated_at, c.callback_url,
            c.delivery_id),
told AS (
  INSERT INTO order_events (order_id, sequence, state, body, created_at)
  SELECT id, sequence, state, body, updated_at FROM moved),
called AS (
  INSERT INTO webhook_deliveries (id, tenant_id, order_id, sequence, url)
  SELECT delivery_id, tenant_id, id, sequence, callback_url FROM moved WHERE callback_url <> ''),
entries AS MATERIALIZED (
  SELECT * FROM unnest($25::text[], $26::text[], $27::integer[], $28::text[], $29::text[],
                       $30::bigint[]) AS e (order_id, kind, number, account, asset, amount)),
booked AS (
  INSERT INTO ledger_transactions (order_id, kind, number)
  SELECT DISTINCT order_id, kind, number FROM entries RETURNING id, order_id, kind, number),
written AS (
  INSERT INTO ledger_entries (transaction_id, account, asset, amount)
  SELECT booked.id, e.account, e.asset, e.amount
    FROM booked JOIN entries e USING (order_id, kind, number)
   ORDER BY e.account, e.asset)
SELECT count(*) FROM moved)"};

// One order's move and the states that it may start from.
struct GuardedChange {
  const OrderChange* change = nullptr;
  std::vector<OrderState> from;
};

void AddChange(const OrderChange& change, const std::vector<OrderState>& from,
               const EventRenderer& renderer, Columns* columns) {
  const Order& order = change.order;
  columns->StartRow()
      .Text(order.id.value())
      .Text(order.tenant.value())
      .Integer(order.sequence)
      .Text(OrderStateName(order.state))
      .Text(renderer.Render(order))
      .Time(order.updated_at)
      .Text(order.callback_url)
      .Text(DeliveryIdFor(order.id, order.sequence))
      .Text(ReasonName(order.reason))
      .ForeignText(order.reason_message)
      .Text(MetadataText(order.reason_metadata))
      .Text(DeliveryEvidenceName(order.evidence))
      .Text(order.payment.normalized_hash)
      .Text(order.payment.transaction_hash)
      .Integer(order.payment.transaction_lt)
      .Integer(order.payment.amount.value())
      .Integer(order.invoice_attempts)
      .Integer(order.payment_attempts)
      .Time(order.queued_at)
      .Time(order.paid_at)
      .Time(order.ended_at)
      .Time(order.execute_by)
      .Text(absl::StrJoin(from, ",", [](std::string* out, OrderState state) {
        absl::StrAppend(out, OrderStateName(state));
      }));
}

absl::Status AddEntries(const OrderChange& change, Columns* columns) {
  for (const LedgerTransaction& transaction : change.ledger) {
    if (!Balanced(transaction) || transaction.order != change.order.id) {
      return Fail(Reason::kInternal, "A ledger transaction does not sum to zero.");
    }
    for (const LedgerEntry& entry : transaction.entries) {
      columns->StartRow()
          .Text(transaction.order.value())
          .Text(LedgerKindName(transaction.kind))
          .Integer(transaction.number)
          .Text(entry.account)
          .Text(AssetName(entry.asset))
          .Integer(entry.amount.value());
    }
  }
  return absl::OkStatus();
}

// No two of `changes` are of the same order.
absl::Status WriteAtOnce(Transaction& tx, const EventRenderer& renderer,
                         const std::vector<GuardedChange>& changes, absl::string_view wallet) {
  Columns moves(23), entries(6);
  for (const GuardedChange& guarded : changes) {
    AddChange(*guarded.change, guarded.from, renderer, &moves);
    RETURN_IF_ERROR(AddEntries(*guarded.change, &entries));
  }
  Params params;
  moves.AppendTo(&params);
  params.OptionalText(wallet);
  entries.AppendTo(&params);
  const auto moved = tx.Run(kChanges, params);
  return moved.front()[0].as<size_t>() == changes.size() ? absl::OkStatus() : TooLate();
}

// Orders that end touch their sessions: in one direction only.
bool BeforeBySession(const GuardedChange& a, const GuardedChange& b) {
  const Order& first = a.change->order;
  const Order& second = b.change->order;
  return std::tie(first.session, first.tenant, first.id) <
         std::tie(second.session, second.tenant, second.id);
}

absl::Status WriteEnds(Transaction& tx, const EventRenderer& renderer,
                       std::vector<GuardedChange> ends, const ChangeGuard& first) {
  std::sort(ends.begin(), ends.end(), BeforeBySession);
  for (const GuardedChange& end : ends) {
    ChangeGuard guard = first;
    guard.from = end.from;
    RETURN_IF_ERROR(WriteChange(tx, renderer, *end.change, guard));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteChanges(Transaction& tx, const EventRenderer& renderer,
                          absl::Span<const OrderChange> changes, const ChangeGuard& first) {
  if (changes.empty()) return absl::OkStatus();
  if (changes.size() == 1) return WriteChange(tx, renderer, changes.front(), first);
  ArrayText ids;
  for (const OrderChange& change : changes) ids.Add(change.order.id.value());
  tx.Run(kLockOrders, Params().Text(ids.text()));

  std::vector<std::vector<GuardedChange>> steps;
  std::vector<GuardedChange> ends;  // an order's last move, so they may come after all others
  struct Made {
    size_t moves = 0;
    OrderState state;
  };
  std::map<OrderId, Made> made;
  for (const OrderChange& change : changes) {
    Made& before = made[change.order.id];
    GuardedChange guarded{&change, before.moves == 0 ? first.from : std::vector{before.state}};
    if (IsTerminal(change.order.state)) {
      ends.push_back(std::move(guarded));
    } else {
      if (steps.size() <= before.moves) steps.resize(before.moves + 1);
      steps[before.moves].push_back(std::move(guarded));
    }
    ++before.moves;
    before.state = change.order.state;
  }
  for (const std::vector<GuardedChange>& step : steps) {
    if (!step.empty()) RETURN_IF_ERROR(WriteAtOnce(tx, renderer, step, first.wallet));
  }
  return WriteEnds(tx, renderer, std::move(ends), first);
}

}  // namespace starlift::postgres
