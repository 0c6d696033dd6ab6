#include "adapters/postgres/order_creation.h"

#include <algorithm>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "adapters/postgres/error.h"
#include "adapters/postgres/order_change.h"
#include "adapters/postgres/order_payment.h"
#include "adapters/postgres/order_row.h"
#include "adapters/postgres/statement_columns.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// Arrays, so that one prepared statement serves every size of batch. Rows go in by id: two batches
// that share ids wait for each other in one direction only. A loser of the race for an id inserts
// nothing. Nor does one that numbers its events for another era than the database's: it is told the
// era instead.
constexpr Statement kInsert{"order_insert", R"(
WITH era AS (
  SELECT COALESCE(max(number), 0) AS number FROM eras),
fresh AS (
  SELECT t.* FROM era, unnest(
         $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
         $7::integer[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[],
         $13::bigint[], $14::integer[], $15::bigint[], $16::bigint[], $17::bigint[],
         $18::integer[], $19::timestamptz[], $20::timestamptz[], $21::text[], $22::bigint[],
         $23::text[], $24::text[], $25::timestamptz[], $26::timestamptz[], $27::timestamptz[],
         $28::text[], $29::text[])
    AS t (
         id, tenant_id, request_id, fingerprint, product, quantity, months, recipient, funding,
         session_kind, asset, cost, commission, commission_bps, network_reserve, total,
         max_total, tolerance_bps, quoted_at, quote_valid_until, state, sequence, callback_url,
         traceparent, created_at, updated_at, expires_at, body, delivery_id)
   WHERE era.number = $30::bigint),
made AS (
  INSERT INTO orders (
         id, tenant_id, request_id, fingerprint, product, quantity, months, recipient, funding,
         session_kind, asset, cost, commission, commission_bps, network_reserve, total,
         max_total, tolerance_bps, quoted_at, quote_valid_until, state, sequence, callback_url,
         traceparent, created_at, updated_at, expires_at, next_attempt_at)
  SELECT
         id, tenant_id, request_id, fingerprint, product, quantity, months, recipient, funding,
         session_kind, asset, cost, commission, commission_bps, network_reserve, total,
         max_total, tolerance_bps, quoted_at, quote_valid_until, state, sequence, callback_url,
         traceparent, created_at, updated_at, expires_at, expires_at
    FROM fresh ORDER BY id
  ON CONFLICT DO NOTHING RETURNING id),
told AS (
  INSERT INTO order_events (order_id, sequence, state, body, created_at)
  SELECT id, sequence, state, body, updated_at FROM fresh JOIN made USING (id)),
called AS (
  INSERT INTO webhook_deliveries (id, tenant_id, order_id, sequence, url)
  SELECT delivery_id, tenant_id, id, sequence, callback_url
    FROM fresh JOIN made USING (id) WHERE callback_url <> '')
SELECT id, 0 FROM made UNION ALL SELECT NULL, number FROM era WHERE number <> $30::bigint)"};

constexpr Statement kExisting{"order_existing", R"(
SELECT {order}, orders.fingerprint FROM orders WHERE id = ANY ($1::text[]))"};

constexpr size_t kColumns = 29;

// The columns of kInsert, in its order.
void AddRow(const NewOrder& fresh, const EventRenderer& renderer, Columns* columns) {
  const Order& order = fresh.created.order;
  const Quote& quote = order.quote;
  columns->StartRow()
      .Text(order.id.value())
      .Text(order.tenant.value())
      .Text(order.request_id)
      .Text(fresh.fingerprint)
      .Text(ProductTypeName(order.product.type))
      .Integer(order.product.quantity)
      .Integer(order.product.months)
      .Text(order.recipient)
      .Text(FundingName(order.funding))
      .Text(SessionKindName(order.session_kind))
      .Text(AssetName(quote.asset))
      .Integer(quote.cost.value())
      .Integer(quote.commission.value())
      .Integer(quote.commission_bps)
      .Integer(quote.network_reserve.value())
      .Integer(quote.total.value())
      .Integer(quote.max_total.value())
      .Integer(quote.tolerance_bps)
      .Time(quote.quoted_at)
      .Time(quote.valid_until)
      .Text(OrderStateName(order.state))
      .Integer(order.sequence)
      .Text(order.callback_url)
      .Text(order.traceparent)
      .Time(order.created_at)
      .Time(order.updated_at)
      .Time(order.expires_at)
      .Text(renderer.Render(order))
      .Text(DeliveryIdFor(order.id, order.sequence));
}

using Ids = std::set<std::string>;

// The first of each id; a batch may hold one request twice.
std::vector<const NewOrder*> Distinct(absl::Span<const NewOrder> orders) {
  std::vector<const NewOrder*> distinct;
  Ids seen;
  for (const NewOrder& fresh : orders) {
    if (seen.insert(fresh.created.order.id.value()).second) distinct.push_back(&fresh);
  }
  return distinct;
}

// What one statement made, or the era that it should have been told.
struct Inserted {
  Ids made;
  std::optional<int64_t> other_era;
};

Inserted Insert(Transaction& tx, const EventRenderer& renderer,
                const std::vector<const NewOrder*>& orders, int64_t era) {
  Columns columns(kColumns);
  for (const NewOrder* fresh : orders) AddRow(*fresh, renderer, &columns);
  Params params;
  columns.AppendTo(&params);
  Inserted inserted;
  for (const auto& line : tx.Run(kInsert, params.Integer(era))) {
    RowReader row(line);
    if (!row.IsNull()) {
      inserted.made.insert(row.Text());
      continue;
    }
    row.Text();
    inserted.other_era = row.Integer();
  }
  return inserted;
}

// Payments go in by session and tenant: two batches that share jars cannot wait for each other in a
// circle.
absl::StatusOr<Ids> Pay(Transaction& tx, const EventRenderer& renderer,
                        std::vector<const NewOrder*> orders, const Ids& made) {
  std::sort(orders.begin(), orders.end(), [](const NewOrder* a, const NewOrder* b) {
    if (!a->payment || !b->payment) return a->payment.has_value() < b->payment.has_value();
    return std::tie(a->payment->session, a->created.order.tenant) <
           std::tie(b->payment->session, b->created.order.tenant);
  });
  Ids paid;
  for (const NewOrder* fresh : orders) {
    const std::string& id = fresh->created.order.id.value();
    if (!fresh->payment || made.count(id) == 0) continue;
    ASSIGN_OR_RETURN(const bool queued,
                     WritePayment(tx, renderer, *fresh->queued, *fresh->payment));
    if (queued) paid.insert(id);
  }
  return paid;
}

// Fills in what was there before; a result without a row keeps its error.
absl::Status ReadExisting(Pool& pool, absl::Span<const NewOrder> orders,
                          std::vector<CreateResult>* results) {
  ArrayText wanted;
  for (size_t i = 0; i < orders.size(); ++i) {
    if (!(*results)[i].created) wanted.Add(orders[i].created.order.id.value());
  }
  if (wanted.text() == "{}") return absl::OkStatus();
  return pool.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kExisting, Params().Text(wanted.text()))) {
      RowReader row(line);
      const Order order = OrderFromRow(row);
      const std::string fingerprint = row.Text();
      for (size_t i = 0; i < orders.size(); ++i) {
        CreateResult& result = (*results)[i];
        const Order& asked = orders[i].created.order;
        if (result.created || asked.id != order.id || asked.tenant != order.tenant) continue;
        result = {absl::OkStatus(), false, order, fingerprint};
      }
    }
    return absl::OkStatus();
  });
}

// The orders with their events numbered for the era.
std::vector<NewOrder> Renumbered(absl::Span<const NewOrder> orders, int64_t era) {
  std::vector<NewOrder> renumbered(orders.begin(), orders.end());
  for (NewOrder& fresh : renumbered) {
    fresh.created.order.sequence += era * kSequencesOfAnEra;
    if (fresh.queued) fresh.queued->order.sequence += era * kSequencesOfAnEra;
  }
  return renumbered;
}

absl::Status EraChanged() {
  return Fail(Reason::kConcurrentRequest, "Another rollback of the database was found.");
}

// One attempt. When the database turns out to be in another era, that era goes to `other_era` and
// nothing is written.
std::vector<CreateResult> TryToCreate(Pool& pool, const EventRenderer& renderer,
                                      absl::Span<const NewOrder> orders, int64_t era,
                                      std::optional<int64_t>* other_era) {
  const std::vector<const NewOrder*> distinct = Distinct(orders);
  const bool with_payment =
      std::any_of(distinct.begin(), distinct.end(),
                  [](const NewOrder* fresh) { return fresh->payment.has_value(); });
  Ids made;
  Ids paid;
  const auto write = [&](Transaction& tx) -> absl::Status {
    Inserted inserted = Insert(tx, renderer, distinct, era);
    made = std::move(inserted.made);
    *other_era = inserted.other_era;
    if (inserted.other_era) return EraChanged();
    if (!with_payment) return absl::OkStatus();
    ASSIGN_OR_RETURN(paid, Pay(tx, renderer, distinct, made));
    return absl::OkStatus();
  };
  absl::Status status =
      SafeToRepeat(with_payment ? pool.InTransaction(write) : pool.Autocommit(write));
  std::vector<CreateResult> results(orders.size());
  for (CreateResult& result : results) {
    result.status = status.ok() ? Fail(Reason::kInternal, "The order was not found.") : status;
  }
  if (!status.ok()) return results;
  for (const NewOrder* fresh : distinct) {
    const std::string& id = fresh->created.order.id.value();
    if (made.count(id) == 0) continue;
    const Order& now = paid.count(id) != 0 ? fresh->queued->order : fresh->created.order;
    results[fresh - orders.data()] = {absl::OkStatus(), true, AsStored(now), fresh->fingerprint};
  }
  status = ReadExisting(pool, orders, &results);
  for (CreateResult& result : results) {
    if (!status.ok() && !result.created) result.status = status;
  }
  return results;
}

}  // namespace

std::vector<CreateResult> CreateOrders(Pool& pool, const EventRenderer& renderer,
                                       absl::Span<const NewOrder> orders,
                                       std::atomic<int64_t>* era) {
  const int64_t known = era->load();
  std::optional<int64_t> other;
  std::vector<CreateResult> results =
      known == 0 ? TryToCreate(pool, renderer, orders, known, &other)
                 : TryToCreate(pool, renderer, Renumbered(orders, known), known, &other);
  // Eras only follow one another when a database is restored: a second one right now is somebody
  // else's to retry.
  if (!other) return results;
  era->store(*other);
  const int64_t now = *other;
  other.reset();
  return TryToCreate(pool, renderer, Renumbered(orders, now), now, &other);
}

}  // namespace starlift::postgres
