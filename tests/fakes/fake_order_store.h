#pragma once

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "domain/ledger/credit.h"
#include "fakes/fake_database.h"

namespace starlift {

class FakeOrderStore final : public OrderStore {
 public:
  explicit FakeOrderStore(FakeDatabase& database) : database_(database) {}

  std::vector<CreateResult> Create(absl::Span<const NewOrder> orders) override {
    std::vector<CreateResult> results;
    for (const NewOrder& fresh : orders) results.push_back(CreateOne(fresh));
    return results;
  }

  absl::StatusOr<std::optional<StoredOrder>> Find(const TenantId& tenant,
                                                  const OrderId& id) override {
    const FakeOrderRow* row = Of(tenant, id);
    if (row == nullptr) return std::optional<StoredOrder>();
    return std::optional<StoredOrder>({row->order, row->fingerprint, row->payment});
  }

  absl::StatusOr<std::vector<Order>> List(const TenantId& tenant, const OrderFilter& filter,
                                          const std::optional<OrderCursor>& before,
                                          int limit) override {
    std::vector<Order> found;
    for (const auto& [id, row] : database_.orders) {
      const Order& order = row.order;
      if (order.tenant != tenant || (filter.state && order.state != *filter.state)) continue;
      if (!filter.request_id.empty() && order.request_id != filter.request_id) continue;
      if (before && std::tie(order.created_at, id) >= std::tie(before->created_at, before->id)) {
        continue;
      }
      found.push_back(order);
    }
    std::sort(found.begin(), found.end(), [](const Order& a, const Order& b) {
      return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
    });
    if (found.size() > static_cast<size_t>(limit)) found.resize(limit);
    return found;
  }

  absl::StatusOr<bool> Pay(const OrderChange& queued, const SecuredPayment& payment) override {
    return WritePayment(queued, payment);
  }

  absl::StatusOr<bool> EndUnpaid(const OrderChange& ended) override {
    const FakeOrderRow* row = database_.Row(ended.order.id);
    const bool expiring = ended.order.state == OrderState::kExpired;
    if (!database_.Check(ended, {{OrderState::kAwaitingPayment}, {}, ""}).ok() ||
        (row->order.expires_at > database_.clock.Now()) == expiring) {
      return false;
    }
    database_.Write(ended);
    return true;
  }

  absl::StatusOr<std::vector<StoredEvent>> EventsAfter(const TenantId& tenant, const OrderId& id,
                                                       int64_t sequence, int limit) override {
    std::vector<StoredEvent> events;
    const FakeOrderRow* row = Of(tenant, id);
    if (row == nullptr) return events;
    for (const StoredEvent& event : row->events) {
      if (event.sequence <= sequence || events.size() == static_cast<size_t>(limit)) continue;
      events.push_back(event);
    }
    return events;
  }

 private:
  const FakeOrderRow* Of(const TenantId& tenant, const OrderId& id) {
    const FakeOrderRow* row = database_.Row(id);
    return row != nullptr && row->order.tenant == tenant ? row : nullptr;
  }

  // The event numbers of an era begin above its million.
  static void Renumber(int64_t era, OrderChange* change) {
    change->order.sequence += era * 1'000'000;
  }

  CreateResult CreateOne(NewOrder fresh) {
    const OrderId& id = fresh.created.order.id;
    if (const FakeOrderRow* known = database_.Row(id)) {
      return {absl::OkStatus(), false, known->order, known->fingerprint};
    }
    const int64_t era = database_.eras.empty() ? 0 : database_.eras.back().number;
    Renumber(era, &fresh.created);
    if (fresh.queued) Renumber(era, &*fresh.queued);
    FakeOrderRow& row = database_.orders[id.value()];
    row.order = fresh.created.order;
    row.fingerprint = fresh.fingerprint;
    row.lease.due = row.order.expires_at;
    if (fresh.payment) {
      const absl::Status payable = CheckPayment(*fresh.queued);
      if (!payable.ok()) {
        database_.orders.erase(id.value());
        return {payable, false, {}, ""};
      }
    }
    database_.Tell(&row);
    if (fresh.payment) (void)WritePayment(*fresh.queued, *fresh.payment);
    return {absl::OkStatus(), true, row.order, row.fingerprint};
  }

  absl::Status CheckPayment(const OrderChange& queued) {
    const absl::Status status = database_.Check(queued, {{OrderState::kAwaitingPayment}, {}, ""});
    for (const auto& [name, value] : MetadataOf(status)) {
      if (name != "constraint" || value != "credits_not_negative") continue;
      const Order& order = queued.order;
      return CreditInsufficient(database_.credits[CreditAccount(order.tenant)],
                                order.quote.max_total);
    }
    return status;
  }

  absl::StatusOr<bool> WritePayment(const OrderChange& queued, const SecuredPayment& payment) {
    FakeOrderRow* row = database_.Row(queued.order.id);
    const absl::Status status = CheckPayment(queued);
    if (ReasonOf(status) == Reason::kCreditInsufficient) return status;
    if (!status.ok() || row->order.expires_at <= database_.clock.Now()) return false;
    database_.Write(queued);
    row->payment = {payment.request_id, payment.fingerprint};
    if (payment.session.empty()) return true;  // the tenant's credit pays
    row->wallet_key = payment.wallet_key;
    FakeSessionRow& session = database_.sessions[payment.session.value()];
    if (session.kind != SessionKind::kOwn) return true;
    FakeJarRow& jar = session.JarOf(queued.order.tenant);
    jar.jar = payment.session_jar;
    ++jar.jar_version;
    return true;
  }

  FakeDatabase& database_;
};

}  // namespace starlift
