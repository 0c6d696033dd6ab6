#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "domain/fulfillment/ports/purchase_store.h"
#include "fakes/fake_database.h"

namespace starlift {

// Who is on which session, and whose delivery is whose: the part of the fake purchase store that
// postgres/session_place.cc is of the real one.
class FakePlaces {
 public:
  explicit FakePlaces(FakeDatabase& database) : database_(database) {}

  using Lease = absl::StatusOr<std::optional<SessionLease>>;

  Lease Acquire(FakeOrderRow* row) {
    const bool conversing =
        row->order.session_kind == SessionKind::kHouse && row->order.state == OrderState::kQueued;
    if (Forgotten(row->order)) {
      if (PlaceOf(row->order) != nullptr) Leave(row);
      return std::optional<SessionLease>(SessionLease());
    }
    if (PlaceOf(row->order) != nullptr) {
      if (!conversing) return LeaseOf(row->order);
      if (Closed(database_.sessions[row->order.session.value()]) && !Signed(row->order.id)) {
        Leave(row);
      }
    }
    if (!row->order.session.empty()) return Begin(row, row->order.session.value());
    for (const std::string& session : Candidates()) {
      const Lease lease = Begin(row, session);
      if (!lease.ok() || lease->has_value()) return lease;
    }
    return std::optional<SessionLease>();
  }

  bool GiveUp(FakeOrderRow* row, const SessionLease& lease) {
    FakeSessionRow& session = database_.sessions[lease.session.value()];
    if (session.kind == SessionKind::kOwn) return false;
    // Whoever brought newer cookies meanwhile knows better.
    if (session.jar_version == lease.jar_version) {
      session.given_up_at = std::min(session.given_up_at, database_.clock.Now());
    }
    if (Signed(row->order.id)) return false;
    Leave(row);
    return true;
  }

  HistoryRivals RivalsOf(const Order& order) {
    HistoryRivals rivals;
    rivals.delivered_since = Delivered(order);
    for (const auto& [request, before] : database_.delivered_before) {
      const Invoice* invoice = database_.invoices.OfRequest(request);
      if (invoice != nullptr && invoice->order == order.id && WasPaid(*invoice)) {
        rivals.delivered_since = Delivered(order) - before;
      }
    }
    for (const Order* other : Rivals(order)) {
      const bool waits =
          other->state == OrderState::kPaid || other->state == OrderState::kNeedsReview;
      const bool before = std::tie(other->paid_at, other->id) < std::tie(order.paid_at, order.id);
      rivals.paid_before += waits && before;
    }
    return rivals;
  }

  // How many rivals' rows the invoice's baseline holds for sure. A purchase page may say that it is
  // done before the history shows it: an order that was DELIVERED by its page, with a baseline that
  // is not below this one, has its row still to come.
  int32_t DeliveredBefore(const Order& order, const Invoice& invoice) {
    const FakePlaceRow* place = PlaceOf(order);
    int32_t before = place == nullptr ? 0 : place->delivered_before;
    for (const Order* other : Rivals(order)) {
      if (other->state != OrderState::kDelivered) continue;
      if (other->evidence != DeliveryEvidence::kSessionState) continue;
      const Invoice* theirs = database_.invoices.NewestOf(other->id);
      const bool behind = theirs != nullptr && theirs->history_baseline &&
                          *theirs->history_baseline < invoice.history_baseline.value_or(0);
      before -= !behind;
    }
    return before;
  }

 private:
  FakePlaceRow* PlaceOf(const Order& order) {
    const auto session = database_.sessions.find(order.session.value());
    if (session == database_.sessions.end()) return nullptr;
    const auto place = session->second.places.find(order.id.value());
    return place == session->second.places.end() ? nullptr : &place->second;
  }

  static bool GivenUp(const FakeSessionRow& session) {
    return session.given_up_at != absl::InfiniteFuture();
  }
  static bool Closed(const FakeSessionRow& session) { return GivenUp(session) || session.retired; }

  bool Signed(const OrderId& order) const {
    if (database_.AnyPayment(order, [](const Transfer&, const Payment&) { return true; })) {
      return true;
    }
    return std::any_of(database_.lost.begin(), database_.lost.end(), [&](const auto& entry) {
      const LostTransfer& lost = entry.second;
      const std::vector<OrderId>& orders =
          FakeDatabase::IsOpen(lost.verdict) ? lost.line.orders : lost.paid_orders;
      return std::find(orders.begin(), orders.end(), order) != orders.end();
    });
  }

  // Signed for by a wallet that the database forgot with the transfer.
  bool Forgotten(const Order& order) const {
    return order.session_kind == SessionKind::kHouse && order.funding == Funding::kBalance &&
           order.state == OrderState::kQueued && order.payer.wallet_address.empty() &&
           Signed(order.id);
  }

  bool WasPaid(const Invoice& invoice) const {
    return database_.AnyPayment(invoice.order, [&](const Transfer&, const Payment& p) {
      return p.verdict == Verdict::kPaid && p.payee == invoice.payee &&
             p.body_hash == invoice.payload_hash;
    });
  }

  void Leave(FakeOrderRow* row) {
    database_.sessions[row->order.session.value()].places.erase(row->order.id.value());
    database_.Index(row->order, false);
    row->order.session = SessionId();
    row->order.payer = Payer();
    database_.Index(row->order, true);
  }

  // House sessions that take an order now, the one with the most room first.
  std::vector<std::string> Candidates() {
    std::vector<std::tuple<int64_t, absl::Time, std::string>> open;
    for (const auto& [id, session] : database_.sessions) {
      const int64_t room = session.max_open_orders - static_cast<int64_t>(session.places.size());
      if (session.kind != SessionKind::kHouse || Closed(session) || !session.jar || room <= 0 ||
          session.next_conversation_at > database_.clock.Now()) {
        continue;
      }
      open.emplace_back(-room, session.next_conversation_at, id);
    }
    std::sort(open.begin(), open.end());
    std::vector<std::string> ids;
    for (const auto& [room, next, id] : open) ids.push_back(id);
    return ids;
  }

  Lease Begin(FakeOrderRow* row, const std::string& id) {
    FakeSessionRow& session = database_.sessions[id];
    const bool house = session.kind == SessionKind::kHouse;
    if (house && row->order.session_kind == SessionKind::kOwn) return NotTheCallers();
    FakePlaceRow* place = PlaceOf(row->order);
    if (house && GivenUp(session)) return LoggedOut();
    if (house && session.next_conversation_at > database_.clock.Now()) {
      return std::optional<SessionLease>();
    }
    const bool full =
        session.places.size() >= static_cast<size_t>(session.max_open_orders) || session.retired;
    if (place == nullptr && full) return std::optional<SessionLease>();
    Payer payer = row->order.payer;
    if (house && row->order.funding == Funding::kBalance && !Signed(row->order.id)) {
      const std::string wallet = ChooseWallet(session, payer.wallet_address);
      if (wallet.empty()) return std::optional<SessionLease>();
      payer = {wallet, database_.lanes[wallet].version, database_.lanes[wallet].public_key};
    }
    database_.Index(row->order, false);
    row->order.session = SessionId(id);
    row->order.payer = payer;
    database_.Index(row->order, true);
    if (place == nullptr) place = TakePlace(*row, &session);
    if (house) {
      place->delivered_before = Delivered(row->order);
      session.next_conversation_at = database_.clock.Now() + session.pace;
    }
    return LeaseOf(row->order);
  }

  FakePlaceRow* TakePlace(const FakeOrderRow& row, FakeSessionRow* session) {
    bool alone = row.order.state == OrderState::kQueued;
    for (const auto& [id, other] : database_.sessions) {
      if (SameAccount(other, *session)) alone = alone && other.places.empty();
    }
    for (auto& [id, other] : database_.sessions) {
      if (!SameAccount(other, *session)) continue;
      for (auto& [order, place] : other.places) place.sole = false;
    }
    FakePlaceRow& mine = session->places[row.order.id.value()];
    mine = {alone, database_.clock.Now(), 0};
    return &mine;
  }

  // A new login of a house account is a new session; orders of the old one may still be open.
  static bool SameAccount(const FakeSessionRow& a, const FakeSessionRow& b) {
    return &a == &b || (!a.wallet.empty() && a.wallet == b.wallet && (a.retired || b.retired));
  }

  std::string ChooseWallet(const FakeSessionRow& session, const std::string& current) {
    using Rank = std::tuple<bool, bool, size_t, bool, std::string>;
    std::optional<Rank> best;
    for (const auto& [wallet, lane] : database_.lanes) {
      const bool connected = wallet == session.wallet;
      if (!lane.house || lane.shut || lane.retired) continue;
      if (!connected && !session.foreign_payer) continue;
      const auto waiting = database_.waiting_of.find(wallet);
      const Rank rank{wallet != current, lane.cool_until > database_.clock.Now(),
                      waiting == database_.waiting_of.end() ? 0 : waiting->second.size(),
                      !connected, wallet};
      if (!best || rank < *best) best = rank;
    }
    return best ? std::get<4>(*best) : "";
  }

  Lease LeaseOf(const Order& order) {
    FakeSessionRow& session = database_.sessions[order.session.value()];
    const bool house = session.kind == SessionKind::kHouse;
    if (house && order.session_kind == SessionKind::kOwn) return NotTheCallers();
    if (house && GivenUp(session)) return LoggedOut();
    const FakeJarRow& jar = session.JarOf(house ? TenantId() : order.tenant);
    if (!jar.jar) return Fail(Reason::kSessionDead, "The session's cookies are gone.");
    SessionLease lease;
    lease.session = order.session;
    lease.jar = *jar.jar;
    lease.jar_tenant = jar.jar_tenant;
    lease.jar_version = jar.jar_version;
    lease.wallet = session.wallet;
    lease.foreign_payer = session.foreign_payer;
    lease.sole = PlaceOf(order)->sole;
    lease.payer = order.payer;
    lease.shared = house && session.max_open_orders > 1;
    return std::optional<SessionLease>(lease);
  }

  static absl::Status LoggedOut() {
    return Fail(Reason::kSessionDead, "The house session is logged out.");
  }
  static absl::Status NotTheCallers() {
    return Fail(Reason::kSessionDead, "The session is one of the house.");
  }

  // Other orders of the same account, recipient and product that were paid.
  std::vector<const Order*> Rivals(const Order& order) {
    std::vector<const Order*> rivals;
    const FakeSessionRow& session = database_.sessions[order.session.value()];
    for (const auto& [id, row] : database_.orders) {
      const Order& other = row.order;
      if (other.id == order.id || other.session_kind != SessionKind::kHouse ||
          other.recipient != order.recipient || other.product != order.product ||
          other.paid_at == absl::InfiniteFuture()) {
        continue;
      }
      const auto theirs = database_.sessions.find(other.session.value());
      if (theirs != database_.sessions.end() && SameAccount(theirs->second, session)) {
        rivals.push_back(&other);
      }
    }
    return rivals;
  }

  int32_t Delivered(const Order& order) {
    int32_t delivered = 0;
    for (const Order* other : Rivals(order)) delivered += other->state == OrderState::kDelivered;
    return delivered;
  }

  FakeDatabase& database_;
};

}  // namespace starlift
