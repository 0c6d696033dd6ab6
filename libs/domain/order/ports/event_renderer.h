#pragma once

#include <string>

#include "domain/order/order.h"

namespace starlift {

// Makes the text that tells the world of a change: the body of the order's event, kept in the
// outbox as it is, so that every try of a webhook carries the same bytes. Holds nothing secret.
class EventRenderer {
 public:
  virtual ~EventRenderer() = default;
  virtual std::string Render(const Order& order) const = 0;
};

}  // namespace starlift
