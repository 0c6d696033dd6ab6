#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/access/sealed.h"
#include "domain/ledger/ledger.h"
#include "domain/order/order_machine.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/order/ports/order_store.h"
#include "domain/payment/transfer.h"

namespace starlift {

// What a lease is in every fake store: who, until when, under which fence.
struct FakeLease {
  std::string owner;  // empty: free
  absl::Time until = absl::InfinitePast();
  int64_t fence = 0;
  absl::Time due = absl::InfiniteFuture();

  bool Takeable(absl::string_view by, absl::Time now) const {
    return due <= now + absl::Milliseconds(20) && (owner.empty() || owner == by || until < now);
  }
  void Take(absl::string_view by, absl::Time until_when) {
    owner = std::string(by);
    until = until_when;
    ++fence;
  }
  void Free() {
    owner.clear();
    until = absl::InfinitePast();
  }
};

struct FakeOrderRow {
  Order order;
  std::string fingerprint;
  PaymentIdentity payment;
  std::optional<SealedSecret> wallet_key;
  std::vector<StoredEvent> events;
  FakeLease lease;
  int32_t crashes = 0;
  int32_t tries = 0;
};

// One tenant's cookies of a session.
struct FakeJarRow {
  std::optional<SealedSecret> jar;
  TenantId jar_tenant;
  int64_t jar_version = 1;
};

// The session, and the jar of the tenant that came first.
struct FakeSessionRow : FakeJarRow {
  std::map<std::string, FakeJarRow> other_jars;  // by tenant
  std::string open_order;
  SessionKind kind = SessionKind::kOwn;
  bool foreign_payer = false;

  FakeJarRow& JarOf(const TenantId& tenant) {
    if (jar_tenant.empty()) jar_tenant = tenant;
    if (jar_tenant == tenant) return *this;
    FakeJarRow& other = other_jars[tenant.value()];
    other.jar_tenant = tenant;
    return other;
  }
};

struct FakeLaneRow {
  WalletVersion version = WalletVersion::kV5R1;
  FakeLease lease;
  std::optional<int64_t> next_seqno;
  int64_t last_lt = 0;
  bool shut = false;
  Reason shut_reason = Reason::kNone;
  bool called = false;
};

// What must be true of an order's row before a change overwrites it.
struct FakeGuard {
  std::vector<OrderState> from;
  std::optional<int64_t> fence;
  std::string wallet;
};

// All tables in memory, for one thread. The fake stores share one; a test may look into it.
struct FakeDatabase {
  FakeDatabase(const Clock& the_clock, const EventRenderer& the_renderer)
      : clock(the_clock), renderer(the_renderer) {}

  const Clock& clock;
  const EventRenderer& renderer;
  std::map<std::string, FakeOrderRow> orders;
  std::map<std::string, FakeSessionRow> sessions;
  std::vector<Invoice> invoices;  // by time of fetching
  std::map<std::string, FakeLaneRow> lanes;
  std::map<std::string, Transfer> transfers;
  std::vector<LedgerTransaction> ledger;
  std::vector<std::pair<OrderId, int64_t>> deliveries;

  static absl::Status TooLate() {
    return Fail(Reason::kConcurrentRequest, "Somebody else moved on with this meanwhile.");
  }

  FakeOrderRow* Row(const OrderId& id) {
    const auto found = orders.find(id.value());
    return found == orders.end() ? nullptr : &found->second;
  }

  // Whether `change` may be written: nothing is touched yet, so that a caller can check several.
  absl::Status Check(const OrderChange& change, const FakeGuard& guard) {
    const FakeOrderRow* row = Row(change.order.id);
    if (row == nullptr || row->order.tenant != change.order.tenant) return TooLate();
    const bool from =
        std::find(guard.from.begin(), guard.from.end(), row->order.state) != guard.from.end();
    if (!from || row->order.sequence + 1 != change.order.sequence) return TooLate();
    if (guard.fence && row->lease.fence != *guard.fence) return TooLate();
    if (!guard.wallet.empty() && row->order.payer.wallet_address != guard.wallet) return TooLate();
    for (const LedgerTransaction& transaction : change.ledger) {
      if (!Balanced(transaction)) return Fail(Reason::kInternal, "The ledger would not balance.");
    }
    return absl::OkStatus();
  }

  void Write(const OrderChange& change) {
    FakeOrderRow& row = *Row(change.order.id);
    row.order = change.order;
    row.lease.Free();
    row.crashes = 0;
    row.tries = 0;
    row.lease.due = DueOf(change.order);
    Tell(&row);
    ledger.insert(ledger.end(), change.ledger.begin(), change.ledger.end());
    if (IsTerminal(change.order.state)) CleanUp(&row);
  }

  void Tell(FakeOrderRow* row) {
    const Order& order = row->order;
    row->events.push_back({order.sequence, order.state, order.updated_at, renderer.Render(order)});
    if (!order.callback_url.empty()) deliveries.emplace_back(order.id, order.sequence);
  }

  absl::Time DueOf(const Order& order) const {
    switch (order.state) {
      case OrderState::kAwaitingPayment:
        return order.expires_at;
      case OrderState::kQueued:
      case OrderState::kPaid:
        return clock.Now();
      case OrderState::kNeedsReview:
        return order.paid_at == absl::InfiniteFuture() ? absl::InfiniteFuture() : clock.Now();
      default:
        return absl::InfiniteFuture();
    }
  }

  void CleanUp(FakeOrderRow* row) {
    row->wallet_key.reset();
    const auto found = sessions.find(row->order.session.value());
    if (found == sessions.end()) return;
    FakeSessionRow& session = found->second;
    if (session.open_order == row->order.id.value()) session.open_order.clear();
    FakeJarRow& jar = session.JarOf(row->order.tenant);
    ++jar.jar_version;
    if (session.kind != SessionKind::kOwn) return;
    for (const auto& [id, other] : orders) {
      if (other.order.session == row->order.session && other.order.tenant == row->order.tenant &&
          !IsTerminal(other.order.state)) {
        return;
      }
    }
    jar.jar.reset();
  }

  // An earlier payment of the order died by expiry, and its seqno is unused.
  bool ProvisionallyDead(const OrderId& order) const {
    for (const auto& [id, transfer] : transfers) {
      if (transfer.provisional && Pays(transfer, order)) return true;
    }
    return false;
  }

  // Whether the money of an order that a worker claims must stay held: see ClaimedOrder.
  bool MustHold(const Order& order) const {
    const auto lane = lanes.find(order.payer.wallet_address);
    return ProvisionallyDead(order.id) || (lane != lanes.end() && lane->second.shut);
  }

  static bool Pays(const Transfer& transfer, const OrderId& order) {
    return std::any_of(transfer.payments.begin(), transfer.payments.end(), [&](const Payment& p) {
      return p.kind == PaymentKind::kPurchase && p.order == order;
    });
  }
};

}  // namespace starlift
