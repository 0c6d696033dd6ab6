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

namespace starlift::rpc {
namespace {

constexpr absl::string_view kRequests = "starlift_rpc_requests_total";
constexpr absl::string_view kDurations = "starlift_rpc_duration_seconds";

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

// A call under way, kept together until it is finished.
struct Running {
  grpc::CallbackServerContext* context;
  grpc::ServerUnaryReactor* reactor;
  Call call;
  CallFloor::Handler handler;
};

void Finish(CallFloor& floor, Running* running, const absl::Status& status) {
  running->handler = nullptr;
  if (running->call.replayed) running->context->AddInitialMetadata("idempotent-replayed", "true");
  floor.End(running->call, status);
  running->reactor->Finish(ToGrpc(status));
}

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

CallFloor::CallFloor(Executor& executor, Authenticator* authenticator, Metrics& metrics,
                     const Clock& clock)
    : executor_(executor), authenticator_(authenticator), metrics_(metrics), clock_(clock) {}

grpc::ServerUnaryReactor* CallFloor::Run(grpc::CallbackServerContext* context,
                                         absl::string_view method, Handler handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto running = std::make_shared<Running>(
      Running{context, reactor, Begin(*context, method), std::move(handler)});
  const bool taken = executor_.TryRun([this, running] {
    absl::Status status = Admit(&running->call);
    if (status.ok()) status = running->handler(running->call);
    Finish(*this, running.get(), status);
  });
  if (!taken) {
    Finish(*this, running.get(), Fail(Reason::kOverloaded, "too many calls at once"));
  }
  return reactor;
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
  std::string traceparent = MetadataValue(context, "traceparent");
  if (IsTraceparent(traceparent)) call.traceparent = std::move(traceparent);
  return call;
}

absl::Status CallFloor::Admit(Call* call) const {
  if (closed_) return Fail(Reason::kShuttingDown, "this server goes; call again");
  if (authenticator_ == nullptr) return absl::OkStatus();
  absl::StatusOr<Caller> caller = authenticator_->Check(call->authorization);
  WipeString(&call->authorization);
  if (!caller.ok()) return caller.status();
  call->caller = *std::move(caller);
  return absl::OkStatus();
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
