#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
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

constexpr int kBatch = 64;

// Everything but writing happens in steps, which never run two at once; the queue of events is
// shared with gRPC's threads, which write the next event as soon as one was taken.
class Watcher final : public grpc::ServerWriteReactor<v1::OrderEvent>,
                      public std::enable_shared_from_this<Watcher> {
 public:
  Watcher(const FollowingDeps& deps, grpc::CallbackServerContext* context,
          const v1::WatchOrderRequest& request)
      : deps_(deps),
        context_(context),
        call_(deps.floor.Begin(*context, "OrderService/WatchOrder")),
        name_(request.name()),
        cursor_(request.after_sequence()),
        deadline_(call_.started + deps.longest_watch) {}

  void Start() {
    self_ = shared_from_this();
    follower_ = std::make_shared<OrderFollower>(deps_.floor.executor(), deps_.feed,
                                                [self = self_] { return self->Step(); });
    const absl::StatusOr<OrderId> id = OrderIdFromName(name_);
    if (id.ok()) id_ = *id;
    if (!follower_->Start(id_.value(), deadline_)) {
      End(Fail(Reason::kOverloaded, "too many orders are being followed"));
    }
  }

  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!ok) cancelled_ = true;
      queue_.pop_front();
      // Nothing may be written after Finish, which does not wait for the write under way.
      if (!ended_ && !cancelled_ && !queue_.empty()) {
        StartWrite(&queue_.front());
        return;
      }
    }
    follower_->Poke();
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
    const absl::Status status = Advance();
    if (!status.ok()) return End(status);
    return finished_ && End(absl::OkStatus());
  }

  absl::Status Advance() {
    if (!admitted_) RETURN_IF_ERROR(Admit());
    if (finished_) return absl::OkStatus();
    if (deps_.feed.shutting_down()) {
      return Fail(Reason::kShuttingDown, "this server goes; watch again after the last sequence");
    }
    if (deps_.floor.clock().Now() >= deadline_) {
      return Fail(Reason::kDeadlineExceeded, "watch again after the last sequence");
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!queue_.empty())
      return absl::OkStatus();  // the reader is slow; look again when it is through
    if (last_queued_) {
      finished_ = true;
      return absl::OkStatus();
    }
    return Fetch();
  }

  absl::Status Admit() {
    RETURN_IF_ERROR(deps_.floor.Admit(&call_));
    RETURN_IF_ERROR(OrderIdFromName(name_).status());
    if (cursor_ < 0) {
      return FailField(Reason::kInvalidField, "after_sequence", "must not be negative");
    }
    if (!follower_->Claim(call_.caller.tenant)) {
      return Fail(Reason::kOverloaded, "you follow too many orders at once");
    }
    call_.order = id_.value();
    ASSIGN_OR_RETURN(const std::optional<StoredOrder> stored,
                     deps_.store.Find(call_.caller.tenant, id_));
    if (!stored.has_value()) return OrderNotFound();
    admitted_ = true;
    finished_ = IsTerminal(stored->order.state) && cursor_ >= stored->order.sequence;
    return absl::OkStatus();
  }

  absl::Status Fetch() {
    ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                     deps_.store.EventsAfter(call_.caller.tenant, id_, cursor_, kBatch));
    for (const StoredEvent& event : events) {
      RETURN_IF_ERROR(ToProto(event, &queue_.emplace_back()));
      cursor_ = event.sequence;
      last_queued_ = IsTerminal(event.state);
    }
    if (!queue_.empty()) StartWrite(&queue_.front());
    return absl::OkStatus();
  }

  // Always true, for Step.
  bool End(const absl::Status& status) {
    if (ReasonOf(status) == Reason::kShuttingDown) {
      context_->AddTrailingMetadata("grpc-retry-pushback-ms",
                                    absl::StrCat(RetryDelayMillis(status.code())));
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    deps_.floor.End(call_, status);
    Finish(ToGrpc(status));
    return true;
  }

  const FollowingDeps deps_;
  grpc::CallbackServerContext* const context_;
  Call call_;
  const std::string name_;
  OrderId id_;
  int64_t cursor_;
  const absl::Time deadline_;
  bool admitted_ = false;
  bool finished_ = false;
  bool last_queued_ = false;
  std::atomic<bool> cancelled_ = false;
  std::mutex mutex_;
  bool ended_ = false;
  std::deque<v1::OrderEvent> queue_;
  std::shared_ptr<OrderFollower> follower_;
  std::shared_ptr<Watcher> self_;
};

}  // namespace

grpc::ServerWriteReactor<v1::OrderEvent>* WatchOrder(const FollowingDeps& deps,
                                                     grpc::CallbackServerContext* context,
                                                     const v1::WatchOrderRequest& request) {
  auto watcher = std::make_shared<Watcher>(deps, context, request);
  watcher->Start();
  return watcher.get();
}

}  // namespace starlift::rpc
