#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/error.h"
#include "domain/order/order.h"

namespace starlift {

// One legal move. `external_only` and `not_external` narrow it by funding.
struct OrderMove {
  OrderState from;
  OrderState to;
  enum class For { kEveryFunding, kExternalOnly, kNotExternal } funding = For::kEveryFunding;
};

// The one table. The SQL constraint, the proto enum and docs/order-lifecycle.md are compared with
// it.
absl::Span<const OrderMove> OrderMoves();
absl::Span<const OrderState> OrderStates();
bool CanMove(OrderState from, OrderState to, Funding funding);
bool IsTerminal(OrderState state);

// "order.created" for the first event, else "order." and the state in lower case.
std::string OrderEventType(const Order& order);

// Why an order goes where it goes.
struct MoveReason {
  Reason reason = Reason::kNone;
  std::string message;
  ErrorMetadata metadata;
};
MoveReason ReasonFrom(const absl::Status& status);

// The order after the move: state, reason, next sequence number, times. Ends the process when the
// table does not hold the move: a caller that asks for it no longer understands the order.
Order Move(Order order, OrderState to, absl::Time now, MoveReason reason = {});

// docs/order-lifecycle.md's table, in Markdown.
std::string OrderMovesMarkdown();

}  // namespace starlift
