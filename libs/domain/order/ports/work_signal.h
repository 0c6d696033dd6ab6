#pragma once

#include <string>

#include "domain/order/order.h"

namespace starlift {

// What there may be to do: a step of an order, or of a wallet's lane.
struct WorkItem {
  enum class Kind { kOrder, kLane } kind = Kind::kOrder;
  std::string id;  // order id, or the wallet's raw address
  bool operator==(const WorkItem&) const = default;
};

// Wake-ups only: losing all of them costs seconds (the `announce` role finds the work in the
// database), repeating them costs nothing. Neither call fails or blocks for long.
class WorkSignal {
 public:
  virtual ~WorkSignal() = default;
  // There may be work now.
  virtual void Announce(const WorkItem& item) = 0;
  // The order has a new event (`order` is as it is after it): whoever watches may look.
  virtual void Changed(const Order& order) = 0;
};

}  // namespace starlift
