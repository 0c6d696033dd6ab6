#include "adapters/rpc/event_rendering.h"

#include "adapters/rpc/json_text.h"
#include "adapters/rpc/order_mapping.h"
#include "domain/order/order_machine.h"
#include "starlift/v1/webhook.pb.h"

namespace starlift::rpc {

std::string JsonEventRenderer::Render(const Order& order) const {
  v1::WebhookEvent event;
  event.set_type(OrderEventType(order));
  ToProto(order.updated_at, event.mutable_timestamp());
  ToProto(order, event.mutable_data()->mutable_order());
  return JsonText(event);
}

}  // namespace starlift::rpc
