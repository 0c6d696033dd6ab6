#pragma once

#include "absl/time/time.h"
#include "adapters/rpc/call.h"
#include "adapters/rpc/change_feed.h"
#include "domain/order/ports/order_store.h"

namespace grpc {
class CallbackServerContext;
class ServerUnaryReactor;
template <class Response>
class ServerWriteReactor;
}  // namespace grpc

namespace starlift::v1 {
class Order;
class OrderEvent;
class WaitOrderRequest;
class WatchOrderRequest;
}  // namespace starlift::v1

namespace starlift::rpc {

// What calls that follow an order need.
struct FollowingDeps {
  CallFloor& floor;
  OrderStore& store;
  ChangeFeed& feed;
  absl::Duration longest_watch = absl::Minutes(30);
};

// OrderService.WatchOrder: the events after `after_sequence`, then each new one; OK after a
// terminal one. A slow reader holds one batch of events and no more. Ends with UNAVAILABLE
// SHUTTING_DOWN and `grpc-retry-pushback-ms` when the server goes, with DEADLINE_EXCEEDED after the
// longest watch.
grpc::ServerWriteReactor<v1::OrderEvent>* WatchOrder(const FollowingDeps& deps,
                                                     grpc::CallbackServerContext* context,
                                                     const v1::WatchOrderRequest& request);

// OrderService.WaitOrder: the order as soon as it is terminal or in review, or after the timeout.
grpc::ServerUnaryReactor* WaitOrder(const FollowingDeps& deps, grpc::CallbackServerContext* context,
                                    const v1::WaitOrderRequest& request, v1::Order* response);

}  // namespace starlift::rpc
