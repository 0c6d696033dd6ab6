#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "adapters/rpc/error_mapping.h"
#include "adapters/rpc/following.h"
#include "adapters/rpc/order_follower.h"
#include "adapters/rpc/order_mapping.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/intake.h"
#include "domain/order/order_machine.h"
#include "starlift/v1/order_service.pb.h"

namespace starlift::rpc {
namespace {

constexpr absl::Duration kLongestWait = absl::Seconds(60);

absl::Duration TimeoutOf(const v1::WaitOrderRequest& request) {
  if (!request.has_timeout()) return kLongestWait;
  return std::min(kLongestWait, absl::Seconds(request.timeout().seconds()) +
                                    absl::Nanoseconds(request.timeout().nanos()));
}

class Waiter final : public grpc::ServerUnaryReactor, public std::enable_shared_from_this<Waiter> {
 public:
  Waiter(const FollowingDeps& deps, grpc::CallbackServerContext* context,
         const v1::WaitOrderRequest& request, v1::Order* response)
      : deps_(deps),
        call_(deps.floor.Begin(*context, "OrderService/WaitOrder")),
        name_(request.name()),
        timeout_(TimeoutOf(request)),
        response_(response) {}

  void Start() {
    self_ = shared_from_this();
    follower_ = std::make_shared<OrderFollower>(deps_.floor.executor(), deps_.feed,
                                                [self = self_] { return self->Step(); });
    const absl::StatusOr<OrderId> id = OrderIdFromName(name_);
    if (id.ok()) id_ = *id;
    if (!follower_->Start(id_.value(), call_.started + timeout_)) {
      End(Fail(Reason::kOverloaded, "too many orders are being followed"));
    }
  }

  void OnCancel() override {
    cancelled_ = true;
    follower_->Poke();
  }

  void OnDone() override {
    follower_.reset();
    self_.reset();  // may delete this
  }

 private:
  bool Step() {
    if (cancelled_) return End(Fail(Reason::kCancelledByCaller, "the caller went away"));
    const absl::StatusOr<bool> settled = Look();
    if (!settled.ok()) return End(settled.status());
    return *settled && End(absl::OkStatus());
  }

  // Whether the answer is there.
  absl::StatusOr<bool> Look() {
    if (!admitted_) RETURN_IF_ERROR(Admit());
    ASSIGN_OR_RETURN(const std::optional<StoredOrder> stored,
                     deps_.store.Find(call_.caller.tenant, id_));
    if (!stored.has_value()) return OrderNotFound();
    const OrderState state = stored->order.state;
    const bool settled = IsTerminal(state) || state == OrderState::kNeedsReview ||
                         deps_.floor.clock().Now() >= call_.started + timeout_;
    if (settled) {
      ToProto(stored->order, response_);
    } else if (deps_.feed.shutting_down()) {
      return Fail(Reason::kShuttingDown, "this server goes; wait again");
    }
    return settled;
  }

  absl::Status Admit() {
    RETURN_IF_ERROR(deps_.floor.Admit(&call_));
    RETURN_IF_ERROR(OrderIdFromName(name_).status());
    if (timeout_ < absl::ZeroDuration()) {
      return FailField(Reason::kInvalidField, "timeout", "must not be negative");
    }
    if (!follower_->Claim(call_.caller.tenant)) {
      return Fail(Reason::kOverloaded, "you follow too many orders at once");
    }
    call_.order = id_.value();
    admitted_ = true;
    return absl::OkStatus();
  }

  // Always true, for Step.
  bool End(const absl::Status& status) {
    deps_.floor.End(call_, status);
    Finish(ToGrpc(status));
    return true;
  }

  const FollowingDeps deps_;
  Call call_;
  const std::string name_;
  OrderId id_;
  const absl::Duration timeout_;
  v1::Order* const response_;
  bool admitted_ = false;
  std::atomic<bool> cancelled_ = false;
  std::shared_ptr<OrderFollower> follower_;
  std::shared_ptr<Waiter> self_;
};

}  // namespace

grpc::ServerUnaryReactor* WaitOrder(const FollowingDeps& deps, grpc::CallbackServerContext* context,
                                    const v1::WaitOrderRequest& request, v1::Order* response) {
  auto waiter = std::make_shared<Waiter>(deps, context, request, response);
  waiter->Start();
  return waiter.get();
}

}  // namespace starlift::rpc
