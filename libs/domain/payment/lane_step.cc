#include "domain/payment/lane_step.h"

#include "base/status_macros.h"
#include "domain/order/order_machine.h"

namespace starlift {

absl::StatusOr<absl::Time> LaneStep::Run(absl::string_view wallet, absl::string_view owner) {
  ASSIGN_OR_RETURN(const std::optional<Lane> lane, ports_.lanes.Claim(wallet, owner, rules_.lease));
  if (!lane) return absl::InfiniteFuture();
  if (lane->unresolved) return Follow(*lane, *lane->unresolved);
  return Prepare(*lane);
}

absl::StatusOr<absl::Time> LaneStep::ComeBack(const Lane& lane, absl::Duration after) {
  const absl::Time when = ports_.clock.Now() + after;
  RETURN_IF_ERROR(ports_.lanes.Release(lane, when));
  return when;
}

void LaneStep::Tell(const Order& order, bool runnable) {
  ports_.signal.Changed(order);
  if (runnable && !IsTerminal(order.state)) {
    ports_.signal.Announce({WorkItem::Kind::kOrder, order.id.value()});
  }
}

void LaneStep::TellAll(const std::vector<OrderChange>& changes, bool runnable) {
  for (size_t i = 0; i < changes.size(); ++i) {
    const bool last = i + 1 == changes.size() || changes[i + 1].order.id != changes[i].order.id;
    if (last) Tell(changes[i].order, runnable);
  }
}

}  // namespace starlift
