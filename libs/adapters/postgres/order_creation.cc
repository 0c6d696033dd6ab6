#include "adapters/postgres/order_creation.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/error.h"
#include "adapters/postgres/order_change.h"
#include "adapters/postgres/order_payment.h"
#include "adapters/postgres/order_row.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// Arrays, so that one prepared statement serves every size of batch. Rows go in by id: two batches
// that share ids wait for each other in one direction only. A loser of the race for an id inserts
// nothing.
constexpr Statement kInsert{"order_insert", R"(
WITH fresh AS (
  SELECT * FROM unnest(
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
         traceparent, created_at, updated_at, expires_at, body, delivery_id)),
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
SELECT id FROM made)"};

constexpr Statement kExisting{"order_existing", R"(
SELECT {order}, orders.fingerprint FROM orders WHERE id = ANY ($1::text[]))"};

std::string Number(int64_t value) { return absl::StrCat(value); }

// The columns of kInsert, in its order.
class Columns {
 public:
  void Add(const NewOrder& fresh, const EventRenderer& renderer) {
    const Order& order = fresh.created.order;
    const Quote& quote = order.quote;
    for (const std::string& value : {order.id.value(),
                                     order.tenant.value(),
                                     order.request_id,
                                     fresh.fingerprint,
                                     std::string(ProductTypeName(order.product.type)),
                                     Number(order.product.quantity),
                                     Number(order.product.months),
                                     order.recipient,
                                     std::string(FundingName(order.funding)),
                                     std::string(SessionKindName(order.session_kind)),
                                     std::string(AssetName(quote.asset)),
                                     Number(quote.cost.value()),
                                     Number(quote.commission.value()),
                                     Number(quote.commission_bps),
                                     Number(quote.network_reserve.value()),
                                     Number(quote.total.value()),
                                     Number(quote.max_total.value()),
                                     Number(quote.tolerance_bps),
                                     TimeText(quote.quoted_at),
                                     TimeText(quote.valid_until),
                                     std::string(OrderStateName(order.state)),
                                     Number(order.sequence),
                                     order.callback_url,
                                     order.traceparent,
                                     TimeText(order.created_at),
                                     TimeText(order.updated_at),
                                     TimeText(order.expires_at),
                                     renderer.Render(order),
                                     DeliveryIdFor(order.id, order.sequence)}) {
      arrays_[next_++ % kCount].Add(value);
    }
  }
  Params params() const {
    Params params;
    for (const ArrayText& array : arrays_) params.Text(array.text());
    return params;
  }

 private:
  static constexpr size_t kCount = 29;
  ArrayText arrays_[kCount];
  size_t next_ = 0;
};

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

Ids Insert(Transaction& tx, const EventRenderer& renderer,
           const std::vector<const NewOrder*>& orders) {
  Columns columns;
  for (const NewOrder* fresh : orders) columns.Add(*fresh, renderer);
  Ids made;
  for (const auto& line : tx.Run(kInsert, columns.params())) made.insert(RowReader(line).Text());
  return made;
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

}  // namespace

std::vector<CreateResult> CreateOrders(Pool& pool, const EventRenderer& renderer,
                                       absl::Span<const NewOrder> orders) {
  const std::vector<const NewOrder*> distinct = Distinct(orders);
  const bool with_payment =
      std::any_of(distinct.begin(), distinct.end(),
                  [](const NewOrder* fresh) { return fresh->payment.has_value(); });
  Ids made;
  Ids paid;
  const auto write = [&](Transaction& tx) -> absl::Status {
    made = Insert(tx, renderer, distinct);
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

}  // namespace starlift::postgres
