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
  CallFloor(Executor& executor, Authenticator* authenticator, Metrics& metrics, const Clock& clock);

  // Runs `handler` on the executor, then finishes the call with its status. Whatever the handler
  // holds is let go before that, so that it may own the wiping of the request.
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, absl::string_view method,
                                Handler handler);

  // For calls that are not one handler: streams, and answers that wait.
  // Each Begin is followed by one End.
  Call Begin(const grpc::CallbackServerContext& context, absl::string_view method);
  absl::Status Admit(Call* call) const;
  void End(const Call& call, const absl::Status& status);

  // From now on every new call is refused with UNAVAILABLE SHUTTING_DOWN.
  void Close() { closed_ = true; }
  // Waits until no call is under way, at most `wait`.
  void AwaitIdle(absl::Duration wait);

  Executor& executor() const { return executor_; }
  const Clock& clock() const { return clock_; }

 private:
  Executor& executor_;
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
