#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/order_machine.h"
#include "domain/order/ports/event_renderer.h"
#include "fakes/fake_tables.h"

namespace starlift {

// What must be true of an order's row before a change overwrites it.
struct FakeGuard {
  std::vector<OrderState> from;
  std::optional<int64_t> fence;
  std::string wallet;
};

// One database in memory, for one thread, with the constraints of the schema. The fake stores share
// one; a test may look into it.
struct FakeDatabase : FakeTables {
  FakeDatabase(const Clock& the_clock, const EventRenderer& the_renderer)
      : clock(the_clock), renderer(the_renderer) {}

  const Clock& clock;
  const EventRenderer& renderer;

  FakeTables Backup() const { return *this; }
  // What was written since is gone, as after a failover to a replica that lagged.
  void Restore(const FakeTables& backup) { static_cast<FakeTables&>(*this) = backup; }

  static absl::Status TooLate() {
    return Fail(Reason::kConcurrentRequest, "Somebody else moved on with this meanwhile.");
  }
  static absl::Status Refused(absl::string_view constraint) {
    return Fail(Reason::kInternal, "A constraint refused the change.",
                {{"constraint", std::string(constraint)}});
  }

  FakeOrderRow* Row(const OrderId& id) {
    const auto found = orders.find(id.value());
    return found == orders.end() ? nullptr : &found->second;
  }
  const FakeOrderRow* Row(const OrderId& id) const {
    const auto found = orders.find(id.value());
    return found == orders.end() ? nullptr : &found->second;
  }

  // Whether `change` may be written: nothing is touched yet.
  absl::Status Check(const OrderChange& change, const FakeGuard& guard) const {
    return CheckAll({&change, 1}, guard);
  }

  // The same for several that will be written in this order, all or none. The later moves of an
  // order start from where the one before them went.
  absl::Status CheckAll(absl::Span<const OrderChange> changes, const FakeGuard& first) const {
    Standings standings;
    std::map<std::string, Units> spent;
    for (const OrderChange& change : changes) {
      RETURN_IF_ERROR(CheckMove(change, first, &standings));
      RETURN_IF_ERROR(CheckLedger(change, &standings, &spent));
    }
    return absl::OkStatus();
  }

  void Write(const OrderChange& change) {
    FakeOrderRow& row = *Row(change.order.id);
    Index(row.order, false);
    const SessionId session = row.order.session;
    const Payer payer = row.order.payer;
    row.order = change.order;
    // A change gives an order its session and payer, or leaves them; it never takes them away.
    if (row.order.session.empty()) row.order.session = session;
    if (row.order.payer.wallet_address.empty()) row.order.payer = payer;
    Index(row.order, true);
    row.lease.Free();
    row.crashes = 0;
    row.tries = 0;
    row.lease.due = DueOf(change.order);
    Tell(&row);
    for (const LedgerTransaction& transaction : change.ledger) {
      row.booked.emplace_back(transaction.kind, transaction.number);
      Book(transaction);
    }
    if (IsTerminal(change.order.state)) CleanUp(&row);
  }

  // Whoever changes an order's row other than by Write tells the indices: false before, true after.
  void Index(const Order& order, bool present) {
    const auto keep = [&](std::map<std::string, std::set<std::string>>& index,
                          const std::string& key, bool wanted) {
      if (!wanted || key.empty()) return;
      if (present) {
        index[key].insert(order.id.value());
      } else if (const auto found = index.find(key); found != index.end()) {
        found->second.erase(order.id.value());
      }
    };
    const std::string& wallet = order.payer.wallet_address;
    keep(waiting_of, wallet, order.state == OrderState::kInvoiced);
    keep(reviewed_of, wallet, order.state == OrderState::kNeedsReview);
    keep(open_of, order.session.value(), !IsTerminal(order.state));
  }

  void Tell(FakeOrderRow* row) {
    const Order& order = row->order;
    row->events.push_back({order.sequence, order.state, order.updated_at, renderer.Render(order)});
    if (!order.callback_url.empty()) deliveries.emplace_back(order.id, order.sequence);
  }

  void Book(const LedgerTransaction& transaction) {
    for (const LedgerEntry& entry : transaction.entries) {
      if (IsCredit(entry.account)) credits[entry.account] += entry.amount;
    }
    ledger.push_back(transaction);
  }

  absl::Time DueOf(const Order& order) const {
    switch (order.state) {
      case OrderState::kAwaitingPayment:
        return order.expires_at;
      case OrderState::kQueued:
      case OrderState::kPaid:
        return clock.Now();
      case OrderState::kNeedsReview:
        return order.paid_at == absl::InfiniteFuture() && !order.payer.wallet_address.empty()
                   ? absl::InfiniteFuture()
                   : clock.Now();
      default:
        return absl::InfiniteFuture();
    }
  }

  void CleanUp(FakeOrderRow* row) {
    row->wallet_key.reset();
    const auto found = sessions.find(row->order.session.value());
    if (found == sessions.end()) return;
    FakeSessionRow& session = found->second;
    session.places.erase(row->order.id.value());
    if (session.kind != SessionKind::kOwn) return;
    FakeJarRow& jar = session.JarOf(row->order.tenant);
    ++jar.jar_version;
    const auto open = open_of.find(found->first);
    if (open == open_of.end() ||
        std::none_of(open->second.begin(), open->second.end(), [&](const std::string& id) {
          const Order& other = orders.at(id).order;
          return other.tenant == row->order.tenant && !IsTerminal(other.state);
        })) {
      jar.jar.reset();
    }
  }

  // The row of a transfer that every constraint admitted. Its number is the next one.
  void AddTransfer(Transfer transfer) {
    transfer.number = ++transfer_numbers;
    const std::string id = transfer.id.value();
    transfers_of[transfer.wallet].push_back(id);
    transfer_of[transfer.normalized_hash] = id;
    if (IsOpen(transfer.verdict)) unresolved_of[transfer.wallet] = id;
    for (const Payment& payment : transfer.payments) {
      if (payment.kind == PaymentKind::kPurchase) paying_of[payment.order.value()].push_back(id);
    }
    transfers[id] = std::move(transfer);
  }

  static bool IsOpen(Verdict verdict) {
    return verdict == Verdict::kLive || verdict == Verdict::kUnknown;
  }

  // Null: the lane has none.
  Transfer* Unresolved(const std::string& wallet) {
    const auto found = unresolved_of.find(wallet);
    if (found == unresolved_of.end()) return nullptr;
    Transfer& transfer = transfers.at(found->second);
    return IsOpen(transfer.verdict) ? &transfer : nullptr;
  }

  // An order of the wallet waits for its lane, which is there from now on.
  void CallLane(const Payer& payer) {
    FakeLaneRow& lane = AddLane(payer);
    lane.called = true;
    if (Unresolved(payer.wallet_address) != nullptr) return;
    lane.lease.due = std::min(lane.lease.due, clock.Now());
  }
  // What a review of the lane waited for may be over. The lane may not be there.
  void WakeLane(const std::string& wallet) {
    const auto lane = lanes.find(wallet);
    if (lane == lanes.end()) return;
    lane->second.called = true;
    lane->second.lease.due = std::min(lane->second.lease.due, clock.Now());
  }
  FakeLaneRow& AddLane(const Payer& payer) {
    const auto [found, fresh] = lanes.try_emplace(payer.wallet_address);
    if (fresh) {
      found->second.version = payer.version;
      found->second.public_key = payer.public_key_hex;
    }
    return found->second;
  }

  // Whether a transfer under `verdict` and `provisional` that `wanted` admits pays the order.
  template <typename Wanted>
  bool AnyPayment(const OrderId& order, Wanted wanted) const {
    const auto found = paying_of.find(order.value());
    if (found == paying_of.end()) return false;
    for (const std::string& id : found->second) {
      const Transfer& transfer = transfers.at(id);
      for (const Payment& payment : transfer.payments) {
        if (payment.kind == PaymentKind::kPurchase && payment.order == order &&
            wanted(transfer, payment)) {
          return true;
        }
      }
    }
    return false;
  }

  // An earlier payment of the order died by expiry, and its seqno is unused.
  bool ProvisionallyDead(const OrderId& order) const {
    return AnyPayment(order, [](const Transfer& t, const Payment&) { return t.provisional; });
  }
  // A payment of the order is not DEAD.
  bool HasPayment(const OrderId& order) const {
    return AnyPayment(
        order, [](const Transfer&, const Payment& p) { return p.verdict != Verdict::kDead; });
  }

  // Whether the money of an order that a worker claims must stay held: see ClaimedOrder.
  bool MustHold(const Order& order) const {
    const auto lane = lanes.find(order.payer.wallet_address);
    return (lane != lanes.end() && lane->second.shut) || ProvisionallyDead(order.id) ||
           PerhapsLost(order.id);
  }
  // A transfer that the database lost names the order, and has no final verdict.
  bool PerhapsLost(const OrderId& order) const {
    return std::any_of(lost.begin(), lost.end(), [&](const auto& entry) {
      const std::vector<OrderId>& orders = entry.second.line.orders;
      return IsOpen(entry.second.verdict) &&
             std::find(orders.begin(), orders.end(), order) != orders.end();
    });
  }

  static bool Pays(const Transfer& transfer, const OrderId& order) {
    return std::any_of(transfer.payments.begin(), transfer.payments.end(), [&](const Payment& p) {
      return p.kind == PaymentKind::kPurchase && p.order == order;
    });
  }

 private:
  using Booked = std::pair<LedgerKind, int32_t>;
  // Where an order stands after the changes that were looked at so far.
  struct Standing {
    OrderState state;
    int64_t sequence = 0;
    std::vector<Booked> booked;
  };
  using Standings = std::map<std::string, Standing>;

  static bool IsCredit(absl::string_view account) { return absl::StartsWith(account, "credit:"); }

  absl::Status CheckMove(const OrderChange& change, const FakeGuard& first,
                         Standings* standings) const {
    const Order& order = change.order;
    const FakeOrderRow* row = Row(order.id);
    if (row == nullptr || row->order.tenant != order.tenant) return TooLate();
    const auto [standing, fresh] = standings->try_emplace(
        order.id.value(), Standing{row->order.state, row->order.sequence, {}});
    const OrderState state = standing->second.state;
    if (fresh) {
      if (std::find(first.from.begin(), first.from.end(), state) == first.from.end()) {
        return TooLate();
      }
      if (first.fence && row->lease.fence != *first.fence) return TooLate();
      if (!first.wallet.empty() && row->order.payer.wallet_address != first.wallet) {
        return TooLate();
      }
    }
    if (standing->second.sequence + 1 != order.sequence) return TooLate();
    standing->second.state = order.state;
    standing->second.sequence = order.sequence;
    return PayerKnown(order) ? absl::OkStatus() : Refused("orders_payer_known");
  }

  // Money moves only with a known payer and session.
  static bool PayerKnown(const Order& order) {
    switch (order.state) {
      case OrderState::kAwaitingPayment:
      case OrderState::kExpired:
      case OrderState::kCancelled:
        return true;
      case OrderState::kQueued:
      case OrderState::kFailed:
      case OrderState::kNeedsReview:
      case OrderState::kDelivered:
      case OrderState::kReversed:
        if (order.funding == Funding::kBalance) return true;
        [[fallthrough]];
      default:
        return !order.payer.wallet_address.empty() && !order.session.empty();
    }
  }

  absl::Status CheckLedger(const OrderChange& change, Standings* standings,
                           std::map<std::string, Units>* spent) const {
    Standing& standing = standings->at(change.order.id.value());
    const FakeOrderRow* row = Row(change.order.id);
    for (const LedgerTransaction& transaction : change.ledger) {
      if (!Balanced(transaction) || transaction.order != change.order.id) {
        return Fail(Reason::kInternal, "The ledger would not balance.");
      }
      const Booked entry{transaction.kind, transaction.number};
      RETURN_IF_ERROR(CheckBooked(row->booked, entry));
      RETURN_IF_ERROR(CheckBooked(standing.booked, entry));
      standing.booked.push_back(entry);
      RETURN_IF_ERROR(CheckCredit(transaction, spent));
    }
    return absl::OkStatus();
  }

  static absl::Status CheckBooked(const std::vector<Booked>& known, const Booked& entry) {
    for (const Booked& other : known) {
      if (other == entry) return Refused("ledger_transactions_order_id_kind_number_key");
      if (other.second == entry.second && Resolves(other.first) && Resolves(entry.first)) {
        return Refused("ledger_one_resolution");
      }
    }
    return absl::OkStatus();
  }

  static bool Resolves(LedgerKind kind) {
    return kind == LedgerKind::kPost || kind == LedgerKind::kVoid;
  }

  absl::Status CheckCredit(const LedgerTransaction& transaction,
                           std::map<std::string, Units>* spent) const {
    for (const LedgerEntry& entry : transaction.entries) {
      if (!IsCredit(entry.account)) continue;
      Units& sum = (*spent)[entry.account];
      sum += entry.amount;
      const auto known = credits.find(entry.account);
      if ((known == credits.end() ? Units(0) : known->second) + sum < Units(0)) {
        return Refused("credits_not_negative");
      }
    }
    return absl::OkStatus();
  }
};

}  // namespace starlift
