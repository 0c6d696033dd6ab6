#include "domain/order/order_machine.h"

#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift {
namespace {

using S = OrderState;
using F = OrderMove::For;

constexpr OrderMove kMoves[] = {
    {S::kAwaitingPayment, S::kQueued, F::kNotExternal},
    {S::kAwaitingPayment, S::kInvoiced, F::kExternalOnly},
    {S::kAwaitingPayment, S::kExpired},
    {S::kAwaitingPayment, S::kCancelled},

    {S::kQueued, S::kInvoiced},
    {S::kQueued, S::kFailed},
    {S::kQueued, S::kNeedsReview},
    {S::kQueued, S::kReversed},

    {S::kInvoiced, S::kPaying, F::kNotExternal},
    {S::kInvoiced, S::kQueued, F::kNotExternal},  // the invoice expired or was repriced: anew
    {S::kInvoiced, S::kPaid, F::kExternalOnly},
    {S::kInvoiced, S::kExpired, F::kExternalOnly},
    {S::kInvoiced, S::kFailed},
    {S::kInvoiced, S::kNeedsReview},
    {S::kInvoiced, S::kReversed},

    {S::kPaying, S::kPaid},
    {S::kPaying, S::kQueued},  // the payment is DEAD: a new attempt
    {S::kPaying, S::kFailed},
    {S::kPaying, S::kNeedsReview},
    {S::kPaying, S::kReversed},

    {S::kPaid, S::kDelivered},
    {S::kPaid, S::kNeedsReview},

    {S::kNeedsReview, S::kQueued},
    {S::kNeedsReview, S::kPaying},
    {S::kNeedsReview, S::kPaid},
    {S::kNeedsReview, S::kDelivered},
    {S::kNeedsReview, S::kFailed},
    {S::kNeedsReview, S::kReversed},
};

constexpr OrderState kStates[] = {
    S::kAwaitingPayment, S::kQueued,  S::kInvoiced,  S::kPaying,      S::kPaid,    S::kDelivered,
    S::kFailed,          S::kExpired, S::kCancelled, S::kNeedsReview, S::kReversed};

bool Admits(OrderMove::For rule, Funding funding) {
  if (rule == F::kEveryFunding) return true;
  return (rule == F::kExternalOnly) == (funding == Funding::kExternal);
}

// Stamps that belong to the state itself.
void Stamp(Order& order, absl::Time now) {
  if (order.state == S::kQueued && order.queued_at == absl::InfiniteFuture()) order.queued_at = now;
  if (order.state == S::kPaid && order.paid_at == absl::InfiniteFuture()) order.paid_at = now;
  if (IsTerminal(order.state)) order.ended_at = now;
}

}  // namespace

absl::Span<const OrderMove> OrderMoves() { return kMoves; }
absl::Span<const OrderState> OrderStates() { return kStates; }

bool CanMove(OrderState from, OrderState to, Funding funding) {
  for (const OrderMove& move : kMoves) {
    if (move.from == from && move.to == to && Admits(move.funding, funding)) return true;
  }
  return false;
}

bool IsTerminal(OrderState state) {
  for (const OrderMove& move : kMoves) {
    if (move.from == state) return false;
  }
  return true;
}

std::string OrderEventType(const Order& order) {
  // No order ever moves into this state. Its number says nothing: after a rollback of the database
  // it is not 1.
  if (order.state == S::kAwaitingPayment) return "order.created";
  return absl::StrCat("order.", absl::AsciiStrToLower(OrderStateName(order.state)));
}

MoveReason ReasonFrom(const absl::Status& status) {
  return {ReasonOf(status), std::string(status.message()), MetadataOf(status)};
}

Order Move(Order order, OrderState to, absl::Time now, MoveReason reason) {
  STARLIFT_CHECK(CanMove(order.state, to, order.funding));
  order.state = to;
  order.reason = reason.reason;
  order.reason_message = std::move(reason.message);
  order.reason_metadata = std::move(reason.metadata);
  order.sequence += 1;
  order.updated_at = now;
  Stamp(order, now);
  return order;
}

std::string OrderMovesMarkdown() {
  std::map<OrderState, std::string> targets;
  for (const OrderMove& move : kMoves) {
    std::string& cell = targets[move.from];
    absl::StrAppend(&cell, cell.empty() ? "" : ", ", OrderStateName(move.to));
    if (move.funding == F::kExternalOnly) absl::StrAppend(&cell, " (`external`)");
    if (move.funding == F::kNotExternal) absl::StrAppend(&cell, " (not `external`)");
  }
  std::string table = "| from | to |\n| --- | --- |\n";
  for (OrderState state : kStates) {
    const auto found = targets.find(state);
    absl::StrAppend(&table, "| ", OrderStateName(state), " | ",
                    found == targets.end() ? "none: terminal" : found->second, " |\n");
  }
  return table;
}

}  // namespace starlift
