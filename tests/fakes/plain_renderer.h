#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "domain/order/order_machine.h"
#include "domain/order/ports/event_renderer.h"

namespace starlift {

// {"type":"order.queued","order":"ord_…","sequence":2}: enough to tell events apart.
class PlainRenderer final : public EventRenderer {
 public:
  std::string Render(const Order& order) const override {
    return absl::StrCat("{\"type\":\"", OrderEventType(order), "\",\"order\":\"", order.id.value(),
                        "\",\"sequence\":", order.sequence, "}");
  }
};

}  // namespace starlift
