#pragma once

#include <string>

#include "absl/strings/string_view.h"

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
  // The order has a new event: whoever watches it may look.
  virtual void Changed(absl::string_view order_id) = 0;
};

}  // namespace starlift
