#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/metrics/metrics.h"
#include "adapters/rpc/authenticator.h"
#include "adapters/rpc/executor.h"
#include "base/clock.h"
#include "domain/access/api_key.h"

namespace grpc {
class CallbackServerContext;
class ServerUnaryReactor;
}  // namespace grpc

namespace starlift::rpc {

// One call while it is served: what came with it, and what its log line will say.
struct Call {
  absl::string_view method;  // a constant, as in "OrderService/CreateOrder"
  absl::Time started;
  std::string authorization;  // emptied once it was checked
  bool ambiguous = false;     // more than one came
  std::string traceparent;    // W3C; empty when the caller sent none or a malformed one
  Caller caller;
  std::string order;      // for the log
  bool replayed = false;  // answered from an earlier call with the same request id
};

// What every handler needs: threads, the caller's identity, the line in the log, the metrics.
class CallFloor {
 public:
  using Handler = std::function<absl::Status(Call& call)>;

  // Without an authenticator every caller is let in: for a service whose transport proves its
  // callers.
  // `dear`: where RunDear runs; none: on `executor` as well.
  CallFloor(Executor& executor, Authenticator* authenticator, Metrics& metrics, const Clock& clock,
            Executor* dear = nullptr);

  // Finds out on the executor who calls, runs `handler` there, then finishes the call with its
  // status. Whatever the handler holds is let go before that, so that it may own the wiping of the
  // request. A call whose caller has gone, and one that waited for a thread for more than five
  // seconds (DEADLINE_EXCEEDED), is finished without the handler.
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, absl::string_view method,
                                Handler handler);
  // The same with the handler on threads of its own: for calls that wait for neighbours or for a
  // key, so that those which only read find a thread all the same.
  grpc::ServerUnaryReactor* RunDear(grpc::CallbackServerContext* context, absl::string_view method,
                                    Handler handler);

  // For calls that are not one handler: streams, and answers that wait.
  // Each Begin is followed by one End.
  Call Begin(const grpc::CallbackServerContext& context, absl::string_view method);
  // SHUTTING_DOWN, DEADLINE_EXCEEDED after five seconds since Begin, or the authenticator's errors.
  absl::Status Admit(Call* call) const;
  void End(const Call& call, const absl::Status& status);

  // From now on every new call is refused with UNAVAILABLE SHUTTING_DOWN.
  void Close() { closed_ = true; }
  // Waits until no call is under way, at most `wait`.
  void AwaitIdle(absl::Duration wait);

  Executor& executor() const { return executor_; }
  const Clock& clock() const { return clock_; }

 private:
  struct Running;
  grpc::ServerUnaryReactor* RunOn(Executor& last, grpc::CallbackServerContext* context,
                                  absl::string_view method, Handler handler);
  absl::Status CheckWait(const Call& call) const;
  // Whether the caller has gone; the call is finished then.
  bool Abandoned(Running* running);
  void Serve(Running* running);
  void Finish(Running* running, const absl::Status& status);

  Executor& executor_;
  Executor& dear_;
  Authenticator* const authenticator_;
  Metrics& metrics_;
  const Clock& clock_;
  std::atomic<bool> closed_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  int under_way_ = 0;
};

// Describes starlift_rpc_requests_total and starlift_rpc_duration_seconds. Once per process.
void DescribeRpcMetrics(Metrics* metrics);

// "00-<32 hex>-<16 hex>-<2 hex>" and not all zeros.
bool IsTraceparent(absl::string_view text);
// The trace id in it, or "".
absl::string_view TraceId(absl::string_view traceparent);

}  // namespace starlift::rpc
