#include "adapters/postgres/order_store.h"

#include <pqxx/pqxx>

#include "adapters/postgres/credit_store.h"
#include "adapters/postgres/error.h"
#include "adapters/postgres/order_change.h"
#include "adapters/postgres/order_creation.h"
#include "adapters/postgres/order_payment.h"
#include "adapters/postgres/order_row.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// Every statement names the tenant: a foreign id is a missing one. Beside an id it is compared in a
// way that no index serves: to a planner without statistics, a tenant's whole index looks as cheap
// as the one row, and that plan would stay.
constexpr Statement kFind{"order_find", R"(
SELECT {order}, orders.fingerprint, orders.pay_request_id, orders.pay_fingerprint
  FROM orders WHERE id = $2 AND tenant_id IS NOT DISTINCT FROM $1)"};

// The cursor is a row comparison, so that the index is read from there on and not from its start.
constexpr Statement kList{"order_list", R"(
SELECT {order} FROM orders
 WHERE tenant_id = $1
   AND ($2::text IS NULL OR state = $2)
   AND ($3::text IS NULL OR request_id = $3)
   AND (created_at, id) < (COALESCE($4::timestamptz, 'infinity'), $5::text)
 ORDER BY created_at DESC, id DESC LIMIT $6::integer)"};

constexpr Statement kEventsAfter{"order_events_after", R"(
SELECT e.sequence, e.state, e.created_at, e.body
  FROM order_events e JOIN orders o ON o.id = e.order_id
 WHERE e.order_id = $2 AND o.tenant_id IS NOT DISTINCT FROM $1 AND e.sequence > $3::bigint
 ORDER BY e.sequence LIMIT $4::integer)"};

}  // namespace

std::vector<CreateResult> PostgresOrderStore::Create(absl::Span<const NewOrder> orders) {
  std::vector<CreateResult> results = CreateOrders(pool_, renderer_, orders, &era_);
  // One order that the database refuses must not take the others down with it.
  for (size_t i = 0; i < orders.size() && orders.size() > 1; ++i) {
    if (results[i].status.code() != absl::StatusCode::kInternal) continue;
    results[i] = CreateOrders(pool_, renderer_, orders.subspan(i, 1), &era_).front();
  }
  for (size_t i = 0; i < orders.size(); ++i) {
    if (!CreditTooSmall(results[i].status)) continue;
    const Order& order = orders[i].created.order;
    results[i].status = CreditTooSmallFor(pool_, order.tenant, order.quote.max_total);
  }
  return results;
}

absl::StatusOr<std::optional<StoredOrder>> PostgresOrderStore::Find(const TenantId& tenant,
                                                                    const OrderId& id) {
  std::optional<StoredOrder> found;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const auto rows = tx.Run(kFind, Params().Text(tenant.value()).Text(id.value()));
    for (const auto& line : rows) {
      RowReader row(line);
      found.emplace();
      found->order = OrderFromRow(row);
      found->fingerprint = row.Text();
      found->payment.request_id = row.Text();
      found->payment.fingerprint = row.Text();
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<Order>> PostgresOrderStore::List(
    const TenantId& tenant, const OrderFilter& filter, const std::optional<OrderCursor>& before,
    int limit) {
  Params params;
  params.Text(tenant.value())
      .OptionalText(filter.state ? OrderStateName(*filter.state) : absl::string_view())
      .OptionalText(filter.request_id)
      .Time(before ? before->created_at : absl::InfiniteFuture())
      .Text(before ? before->id : "")
      .Integer(limit);
  std::vector<Order> orders;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kList, params)) {
      RowReader row(line);
      orders.push_back(OrderFromRow(row));
    }
    return absl::OkStatus();
  }));
  return orders;
}

absl::StatusOr<bool> PostgresOrderStore::Pay(const OrderChange& queued,
                                             const SecuredPayment& payment) {
  bool paid = false;
  const absl::Status status = SafeToRepeat(pool_.Autocommit([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(paid, WritePayment(tx, renderer_, queued, payment));
    return absl::OkStatus();
  }));
  if (CreditTooSmall(status)) {
    return CreditTooSmallFor(pool_, queued.order.tenant, queued.order.quote.max_total);
  }
  RETURN_IF_ERROR(status);
  return paid;
}

absl::StatusOr<bool> PostgresOrderStore::EndUnpaid(const OrderChange& ended) {
  ChangeGuard guard;
  guard.from = {OrderState::kAwaitingPayment};
  guard.still_payable = ended.order.state != OrderState::kExpired;
  bool moved = true;
  RETURN_IF_ERROR(SafeToRepeat(pool_.Autocommit([&](Transaction& tx) -> absl::Status {
    const absl::Status status = WriteChange(tx, renderer_, ended, guard);
    moved = status.ok();
    return ReasonOf(status) == Reason::kConcurrentRequest ? absl::OkStatus() : status;
  })));
  return moved;
}

absl::StatusOr<std::vector<StoredEvent>> PostgresOrderStore::EventsAfter(const TenantId& tenant,
                                                                         const OrderId& id,
                                                                         int64_t sequence,
                                                                         int limit) {
  std::vector<StoredEvent> events;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const auto rows =
        tx.Run(kEventsAfter,
               Params().Text(tenant.value()).Text(id.value()).Integer(sequence).Integer(limit));
    for (const auto& line : rows) {
      RowReader row(line);
      StoredEvent& event = events.emplace_back();
      event.sequence = row.Integer();
      event.state = ParseOrderState(row.Text());
      event.at = row.Time();
      event.body = row.Text();
    }
    return absl::OkStatus();
  }));
  return events;
}

}  // namespace starlift::postgres
