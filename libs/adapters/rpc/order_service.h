#pragma once

#include <memory>

#include "adapters/rpc/call.h"
#include "adapters/rpc/following.h"
#include "adapters/rpc/page_token.h"
#include "domain/order/intake.h"
#include "domain/order/ports/order_store.h"

namespace grpc {
class Service;
}

namespace starlift::rpc {

struct OrderServiceDeps {
  OrderIntake& intake;
  const PageTokens& page_tokens;
  FollowingDeps following;
};

// starlift.v1.OrderService. Everything it is given outlives it.
std::shared_ptr<grpc::Service> MakeOrderService(const OrderServiceDeps& deps);

}  // namespace starlift::rpc
