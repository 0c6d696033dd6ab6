#pragma once

#include "absl/status/status.h"
#include "adapters/rpc/page_token.h"
#include "base/id.h"
#include "domain/order/ports/order_store.h"

namespace starlift::v1 {
class ListOrdersRequest;
class ListOrdersResponse;
}  // namespace starlift::v1

namespace starlift::rpc {

// One page of the tenant's orders, newest first.
absl::Status ListOrders(OrderStore& store, const PageTokens& tokens, const TenantId& tenant,
                        const v1::ListOrdersRequest& request, v1::ListOrdersResponse* response);

}  // namespace starlift::rpc
