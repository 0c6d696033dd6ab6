#include "adapters/rpc/event_rendering.h"

#include <google/protobuf/util/json_util.h>

#include "adapters/rpc/order_mapping.h"
#include "base/check.h"
#include "domain/order/order_machine.h"
#include "starlift/v1/webhook.pb.h"

namespace starlift::rpc {

std::string JsonEventRenderer::Render(const Order& order) const {
  v1::WebhookEvent event;
  event.set_type(OrderEventType(order));
  ToProto(order.updated_at, event.mutable_timestamp());
  ToProto(order, event.mutable_data()->mutable_order());
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string body;
  STARLIFT_CHECK(google::protobuf::util::MessageToJsonString(event, &body, options).ok());
  return body;
}

}  // namespace starlift::rpc
