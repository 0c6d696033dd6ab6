// The part of Audit that looks at a run's end.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/order/funding_account.h"
#include "domain/order/order_machine.h"
#include "domain/payment/batch.h"
#include "simulation/audit.h"

namespace starlift::simulation {

void Audit::Close(const Customers& customers, bool finished) {
  if (finding_) return;
  CheckLedger();
  CheckReviews();
  CheckOrders(customers, finished);
  if (finished) CheckTransfers();
  CheckSums();
  CheckFees();
}

void Audit::CheckOrders(const Customers& customers, bool finished) {
  for (const auto& customer : customers.all()) {
    if (!customer.created) continue;
    const FakeOrderRow* row = world_.database.Row(customer.id);
    if (row == nullptr) {
      Broken("an order is lost", customer.request_id);
      continue;
    }
    CheckRow(*row, finished);
  }
}

void Audit::CheckRow(const FakeOrderRow& row, bool finished) {
  CheckTold(row);
  CheckBooks(row);
  if (finished) CheckEnd(row.order);
}

// Each state is in the outbox, with its number, up to the last one.
void Audit::CheckTold(const FakeOrderRow& row) {
  const auto& events = row.events;
  if (events.empty() || events.back().state != row.order.state) {
    return Broken("not told",
                  absl::StrCat(row.order.request_id, " is ", OrderStateName(row.order.state)));
  }
  for (size_t i = 1; i < events.size(); ++i) {
    const int64_t before = events[i - 1].sequence;
    const int64_t now = events[i].sequence;
    if (now != before + 1 && now % 1'000'000 != 1) {
      return Broken("not told",
                    absl::StrCat(row.order.request_id, " between #", before, " and #", now));
    }
  }
}

// The order's hold, and what became of it, belong to its state and to what the chain shows.
void Audit::CheckBooks(const FakeOrderRow& row) {
  const Order& order = row.order;
  const auto booked = [&](LedgerKind kind) {
    return std::count_if(row.booked.begin(), row.booked.end(),
                         [&](const auto& entry) { return entry.first == kind; });
  };
  const bool paid = order.paid_at != absl::InfiniteFuture();
  const bool queued = order.queued_at != absl::InfiniteFuture();
  const bool failed = order.state == OrderState::kFailed;
  if (booked(LedgerKind::kHold) != (queued ? 1 : 0) ||
      booked(LedgerKind::kPost) != (paid ? 1 : 0) ||
      booked(LedgerKind::kVoid) != (failed && queued ? 1 : 0)) {
    Broken("a hold is not what it should be", order.request_id);
  }
  const bool came_back =
      std::any_of(Of(order.id).paid.begin(), Of(order.id).paid.end(),
                  [&](size_t place) { return world_.chain.paid[place].returned; });
  const int on_chain = PaidByUs(order.id);
  if (paid && on_chain == 0 && !came_back) Broken("PAID without a payment", order.request_id);
  if (failed && on_chain > 0) Broken("given up after it was paid", order.request_id);
  if (order.state == OrderState::kDelivered && !paid) Broken("delivered unpaid", order.request_id);
}

void Audit::CheckEnd(const Order& order) {
  if (order.state == OrderState::kNeedsReview) return CheckReviewAtEnd(order);
  if (IsTerminal(order.state)) return;
  // The restored database forgot that it was paid for, and a lost transfer paid it: nobody can tell
  // its customer anything but a person.
  if (order.state == OrderState::kAwaitingPayment && PaidWithoutRow(order)) return;
  Broken("not finished", absl::StrCat(order.request_id, " is ", OrderStateName(order.state)));
}

// Long after the last fault: nothing can be left in review that evidence decides.
void Audit::CheckReviewAtEnd(const Order& order) {
  const auto broken = [&](absl::string_view why) {
    Broken("a review without need",
           absl::StrCat(order.request_id, " ", ReasonName(order.reason), ": ", why));
  };
  const auto paying = world_.database.paying_of.find(order.id.value());
  if (paying != world_.database.paying_of.end()) {
    for (const std::string& id : paying->second) {
      const Transfer& transfer = world_.database.transfers.at(id);
      if (!FakeDatabase::IsOpen(transfer.verdict)) continue;
      const Verdict truth = Truly(transfer).verdict;
      if (!FakeDatabase::IsOpen(truth)) broken("the chain says what became of its payment");
      return;
    }
  }
  if (order.paid_at != absl::InfiniteFuture()) {
    const auto session = world_.market.accounts.find(order.session.value());
    const bool own = order.session_kind == SessionKind::kOwn;
    const auto& places = world_.database.sessions[order.session.value()].places;
    const auto place = places.find(order.id.value());
    const bool sole = place != places.end() && place->second.sole;
    if (own && sole && !session->second.dead && session->second.mode == "done") {
      broken("it was delivered");
    }
    return;
  }
  if (!EndsByItself(order) || world_.database.MustHold(order) || PaidWithoutRow(order)) return;
  broken("nothing holds its money any more");
}

// No transfer is open whose fate the chain shows.
void Audit::CheckTransfers() {
  for (const auto& [wallet, id] : world_.database.unresolved_of) {
    const Transfer& transfer = world_.database.transfers.at(id);
    if (!FakeDatabase::IsOpen(transfer.verdict)) continue;
    if (FakeDatabase::IsOpen(Truly(transfer).verdict)) continue;
    Broken("not finished", absl::StrCat("a transfer of seqno ", transfer.seqno));
  }
}

// What the ledger says was paid is what left to Fragment for orders that say so; what is held is
// what their holds say.
void Audit::CheckSums() {
  Units fragment, all, held, holds;
  for (const LedgerTransaction& transaction : world_.database.ledger) {
    for (const LedgerEntry& entry : transaction.entries) {
      all += entry.amount;
      if (entry.account == "fragment") fragment += entry.amount;
      if (entry.account.rfind("held:", 0) == 0) held += entry.amount;
    }
  }
  Units paid;
  for (const auto& [id, row] : world_.database.orders) {
    const Order& order = row.order;
    if (order.paid_at != absl::InfiniteFuture()) {
      paid += order.payment.amount;
    } else if (order.queued_at != absl::InfiniteFuture() && order.state != OrderState::kFailed) {
      holds += order.quote.max_total;
    }
  }
  if (all != Units(0)) Broken("the ledger does not balance", "as a whole");
  if (fragment != paid) Broken("ledger and chain differ", "in what Fragment got");
  if (held != holds) Broken("ledger and chain differ", "in what is held");
}

}  // namespace starlift::simulation
