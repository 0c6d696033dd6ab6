#pragma once

#include "domain/order/ports/event_renderer.h"

namespace starlift::rpc {

// The body of starlift.v1.WebhookEvent: proto3 JSON with the proto's field names, 64-bit numbers as
// texts, every plain field present.
class JsonEventRenderer final : public EventRenderer {
 public:
  std::string Render(const Order& order) const override;
};

}  // namespace starlift::rpc
