#include "adapters/rpc/call.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "adapters/rpc/error_mapping.h"
#include "base/error.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace starlift::rpc {
namespace {

constexpr absl::string_view kRequests = "starlift_rpc_requests_total";
constexpr absl::string_view kDurations = "starlift_rpc_duration_seconds";
// Nobody waits for an answer much longer; a queue that is never cut short stays long.
constexpr absl::Duration kLongestQueued = absl::Seconds(5);

std::string MetadataValue(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
  });
}

bool AllZero(absl::string_view text) {
  return text.find_first_not_of('0') == absl::string_view::npos;
}

absl::Status Overloaded() { return Fail(Reason::kOverloaded, "too many calls at once"); }

}  // namespace

void DescribeRpcMetrics(Metrics* metrics) {
  metrics->DescribeCounter(kRequests, "Calls that were answered, by method and gRPC code.");
  metrics->DescribeHistogram(kDurations, "How long calls took, in seconds, by method.",
                             LatencyBounds());
}

bool IsTraceparent(absl::string_view text) {
  return text.size() == 55 && text[2] == '-' && text[35] == '-' && text[52] == '-' &&
         text.substr(0, 2) == "00" && IsLowerHex(text.substr(3, 32)) &&
         IsLowerHex(text.substr(36, 16)) && IsLowerHex(text.substr(53)) &&
         !AllZero(text.substr(3, 32)) && !AllZero(text.substr(36, 16));
}

absl::string_view TraceId(absl::string_view traceparent) {
  return IsTraceparent(traceparent) ? traceparent.substr(3, 32) : absl::string_view();
}

// A call under way, kept together until it is finished.
struct CallFloor::Running {
  grpc::CallbackServerContext* context;
  grpc::ServerUnaryReactor* reactor;
  Call call;
  Handler handler;
};

CallFloor::CallFloor(Executor& executor, Authenticator* authenticator, Metrics& metrics,
                     const Clock& clock, Executor* dear)
    : executor_(executor),
      dear_(dear == nullptr ? executor : *dear),
      authenticator_(authenticator),
      metrics_(metrics),
      clock_(clock) {}

grpc::ServerUnaryReactor* CallFloor::Run(grpc::CallbackServerContext* context,
                                         absl::string_view method, Handler handler) {
  return RunOn(executor_, context, method, std::move(handler));
}

grpc::ServerUnaryReactor* CallFloor::RunDear(grpc::CallbackServerContext* context,
                                             absl::string_view method, Handler handler) {
  return RunOn(dear_, context, method, std::move(handler));
}

grpc::ServerUnaryReactor* CallFloor::RunOn(Executor& last, grpc::CallbackServerContext* context,
                                           absl::string_view method, Handler handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto running = std::make_shared<Running>(
      Running{context, reactor, Begin(*context, method), std::move(handler)});
  const bool taken = executor_.TryRun([this, running, &last] {
    if (Abandoned(running.get())) return;
    const absl::Status status = Admit(&running->call);
    if (!status.ok()) return Finish(running.get(), status);
    if (&last == &executor_) return Serve(running.get());
    if (!last.TryRun([this, running] { Serve(running.get()); })) {
      Finish(running.get(), Overloaded());
    }
  });
  if (!taken) Finish(running.get(), Overloaded());
  return reactor;
}

bool CallFloor::Abandoned(Running* running) {
  if (!running->context->IsCancelled()) return false;
  Finish(running, Fail(Reason::kCancelledByCaller, "the caller went away"));
  return true;
}

void CallFloor::Serve(Running* running) {
  if (Abandoned(running)) return;
  absl::Status status = CheckWait(running->call);
  if (status.ok()) status = running->handler(running->call);
  Finish(running, status);
}

void CallFloor::Finish(Running* running, const absl::Status& status) {
  running->handler = nullptr;
  if (running->call.replayed) running->context->AddInitialMetadata("idempotent-replayed", "true");
  End(running->call, status);
  running->reactor->Finish(ToGrpc(status));
}

absl::Status CallFloor::CheckWait(const Call& call) const {
  if (clock_.Now() - call.started <= kLongestQueued) return absl::OkStatus();
  return Fail(Reason::kDeadlineExceeded, "the call waited too long for a thread; nothing was done");
}

Call CallFloor::Begin(const grpc::CallbackServerContext& context, absl::string_view method) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++under_way_;
  }
  Call call;
  call.method = method;
  call.started = clock_.Now();
  call.authorization = MetadataValue(context, "authorization");
  call.ambiguous = context.client_metadata().count("authorization") > 1;
  std::string traceparent = MetadataValue(context, "traceparent");
  if (IsTraceparent(traceparent)) call.traceparent = std::move(traceparent);
  return call;
}

absl::Status CallFloor::Admit(Call* call) const {
  if (closed_) return Fail(Reason::kShuttingDown, "this server goes; call again");
  RETURN_IF_ERROR(CheckWait(*call));
  if (authenticator_ == nullptr) return absl::OkStatus();
  // Which of several would count is anybody's guess: proxies and servers differ.
  const absl::StatusOr<Caller> caller =
      call->ambiguous ? Fail(Reason::kApiKeyInvalid, "send one 'authorization' header")
                      : authenticator_->Check(call->authorization);
  WipeString(&call->authorization);
  if (caller.ok()) call->caller = *caller;
  return caller.status();
}

void CallFloor::AwaitIdle(absl::Duration wait) {
  std::unique_lock<std::mutex> lock(mutex_);
  ended_.wait_for(lock, absl::ToChronoMilliseconds(wait), [this] { return under_way_ == 0; });
}

void CallFloor::End(const Call& call, const absl::Status& status) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --under_way_;
  }
  ended_.notify_all();
  const std::string code = absl::StatusCodeToString(status.code());
  const absl::Duration took = clock_.Now() - call.started;
  metrics_.Add(kRequests, {{"method", call.method}, {"code", code}});
  metrics_.Observe(kDurations, {{"method", call.method}}, absl::ToDoubleSeconds(took));
  const Reason reason = ReasonOf(status);
  // What was not made for callers is told here alone.
  const absl::string_view detail =
      reason == Reason::kInternal ? absl::string_view(status.message()) : absl::string_view();
  Log(reason == Reason::kInternal ? LogLevel::kError : LogLevel::kInfo, "call",
      {{"method", call.method},
       {"code", code},
       {"reason", ReasonName(reason)},
       {"took_us", absl::ToInt64Microseconds(took)},
       {"tenant", call.caller.tenant.value()},
       {"order", call.order},
       {"trace", TraceId(call.traceparent)},
       {"detail", detail}});
}

}  // namespace starlift::rpc
