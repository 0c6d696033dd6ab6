#include "adapters/rpc/order_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "adapters/rpc/order_listing.h"
#include "adapters/rpc/order_mapping.h"
#include "base/status_macros.h"
#include "starlift/v1/order_service.grpc.pb.h"

namespace starlift::rpc {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// gRPC owns the message and hands it out as const; the secrets in it must go all the same, with the
// handler, whether it ran or not. They become Secrets no earlier than in the handler: secure memory
// is scarce, and whoever waits for a thread may not even have a key.
template <typename Request>
std::shared_ptr<Request> WipedInTheEnd(const Request* request) {
  return {const_cast<Request*>(request), [](Request* message) { WipeSecrets(message); }};
}

class OrderService final : public v1::OrderService::CallbackService {
 public:
  explicit OrderService(const OrderServiceDeps& deps) : deps_(deps) {}

  ServerUnaryReactor* CreateOrder(CallbackServerContext* context,
                                  const v1::CreateOrderRequest* request,
                                  v1::Order* response) override {
    return floor().RunDear(
        context, "OrderService/CreateOrder",
        [this, response, message = WipedInTheEnd(request)](Call& call) {
          CreateInput input = FromProto(message.get());
          input.traceparent = call.traceparent;
          if (!input.validate_only) {
            call.order = OrderIdFor(call.caller.tenant, input.request_id).value();
          }
          return Answer(deps_.intake.Create(call.caller.tenant, std::move(input)), &call, response);
        });
  }

  ServerUnaryReactor* PayOrder(CallbackServerContext* context, const v1::PayOrderRequest* request,
                               v1::Order* response) override {
    return floor().RunDear(context, "OrderService/PayOrder",
                           [this, response, message = WipedInTheEnd(request)](Call& call) {
                             PayInput input = FromProto(message.get());
                             call.order = input.order.value();
                             return Answer(deps_.intake.Pay(call.caller.tenant, std::move(input)),
                                           &call, response);
                           });
  }

  ServerUnaryReactor* GetOrder(CallbackServerContext* context, const v1::GetOrderRequest* request,
                               v1::Order* response) override {
    return floor().Run(context, "OrderService/GetOrder",
                       [=, this](Call& call) { return Get(request->name(), &call, response); });
  }

  ServerUnaryReactor* ListOrders(CallbackServerContext* context,
                                 const v1::ListOrdersRequest* request,
                                 v1::ListOrdersResponse* response) override {
    return floor().Run(context, "OrderService/ListOrders", [=, this](Call& call) {
      return rpc::ListOrders(deps_.following.store, deps_.page_tokens, call.caller.tenant, *request,
                             response);
    });
  }

  ServerUnaryReactor* CancelOrder(CallbackServerContext* context,
                                  const v1::CancelOrderRequest* request,
                                  v1::Order* response) override {
    return floor().Run(context, "OrderService/CancelOrder",
                       [=, this](Call& call) { return Cancel(request->name(), &call, response); });
  }

  grpc::ServerWriteReactor<v1::OrderEvent>* WatchOrder(
      CallbackServerContext* context, const v1::WatchOrderRequest* request) override {
    return rpc::WatchOrder(deps_.following, context, *request);
  }

  ServerUnaryReactor* WaitOrder(CallbackServerContext* context, const v1::WaitOrderRequest* request,
                                v1::Order* response) override {
    return rpc::WaitOrder(deps_.following, context, *request, response);
  }

 private:
  CallFloor& floor() const { return deps_.following.floor; }

  static absl::Status Answer(const absl::StatusOr<IntakeAnswer>& answer, Call* call,
                             v1::Order* response) {
    RETURN_IF_ERROR(answer.status());
    call->replayed = answer->replayed;
    ToProto(answer->order, response);
    return absl::OkStatus();
  }

  absl::Status Get(absl::string_view name, Call* call, v1::Order* response) {
    ASSIGN_OR_RETURN(const OrderId id, OrderIdFromName(name));
    call->order = id.value();
    ASSIGN_OR_RETURN(const std::optional<StoredOrder> stored,
                     deps_.following.store.Find(call->caller.tenant, id));
    if (!stored.has_value()) return OrderNotFound();
    ToProto(stored->order, response);
    return absl::OkStatus();
  }

  absl::Status Cancel(absl::string_view name, Call* call, v1::Order* response) {
    ASSIGN_OR_RETURN(const OrderId id, OrderIdFromName(name));
    call->order = id.value();
    ASSIGN_OR_RETURN(const Order order, deps_.intake.Cancel(call->caller.tenant, id));
    ToProto(order, response);
    return absl::OkStatus();
  }

  const OrderServiceDeps deps_;
};

}  // namespace

std::shared_ptr<grpc::Service> MakeOrderService(const OrderServiceDeps& deps) {
  return std::make_shared<OrderService>(deps);
}

}  // namespace starlift::rpc
