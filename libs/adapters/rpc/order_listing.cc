#include "adapters/rpc/order_listing.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "adapters/rpc/order_mapping.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "starlift/v1/order_service.pb.h"

namespace starlift::rpc {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 1000;

}  // namespace

absl::Status ListOrders(OrderStore& store, const PageTokens& tokens, const TenantId& tenant,
                        const v1::ListOrdersRequest& request, v1::ListOrdersResponse* response) {
  if (request.page_size() < 0) {
    return FailField(Reason::kInvalidField, "page_size", "must not be negative");
  }
  const int size =
      request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kLargestPage);
  OrderFilter filter;
  ASSIGN_OR_RETURN(filter.state, OrderStateFromProto(request.state()));
  filter.request_id = request.request_id();
  std::optional<OrderCursor> before;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(before, tokens.Read(request.page_token(), tenant, filter));
  }
  // One more than asked for tells whether there is a next page.
  ASSIGN_OR_RETURN(const std::vector<Order> orders, store.List(tenant, filter, before, size + 1));
  const size_t shown = std::min(orders.size(), static_cast<size_t>(size));
  for (size_t i = 0; i < shown; ++i) ToProto(orders[i], response->add_orders());
  if (orders.size() > shown) {
    const Order& last = orders[shown - 1];
    response->set_next_page_token(tokens.Make(tenant, filter, {last.created_at, last.id.value()}));
  }
  return absl::OkStatus();
}

}  // namespace starlift::rpc
