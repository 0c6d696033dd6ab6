#include "adapters/rpc/rpc_server.h"

#include <dlfcn.h>
#include <grpc/support/time.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace starlift::rpc {
namespace {

constexpr int kMostRequestBytes = 256 * 1024;
constexpr int kMostMetadataBytes = 16 * 1024;
constexpr int kMostStreams = 2048;
constexpr size_t kMostMemory = 512ull * 1024 * 1024;
constexpr absl::Duration kKeepaliveTime = absl::Seconds(60);
constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);
constexpr absl::Duration kLeastPingInterval = absl::Seconds(30);
// Connections are renewed, so that callers spread over replicas that came later.
constexpr absl::Duration kConnectionAge = absl::Minutes(5);

int Millis(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

void SetLimits(const RpcServer::Options& options, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(kMostRequestBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMostMetadataBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreams);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(kKeepaliveTime));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(kKeepaliveTimeout));
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              Millis(kLeastPingInterval));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Millis(kConnectionAge));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                              Millis(options.longest_stream + absl::Minutes(1)));
  // Two servers on one port would each see half of the calls.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("starlift");
  quota.Resize(kMostMemory);
  builder->SetResourceQuota(quota);
}

// The reflection library registers itself with every server of the process as soon as it is loaded,
// so a program that links it cannot switch it off. It is loaded only where it is wanted.
absl::Status LoadReflection() {
  if (dlopen(STARLIFT_REFLECTION_LIBRARY, RTLD_NOW | RTLD_GLOBAL) != nullptr) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat("gRPC reflection: ", dlerror()));
}

}  // namespace

struct RpcServer::State {
  std::vector<std::shared_ptr<grpc::Service>> services;
  std::vector<std::string> names;  // of the services, as the health service knows them
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    const Options& options, std::vector<std::shared_ptr<grpc::Service>> services) {
  RETURN_IF_ERROR(CheckTlsFiles(options.tls));
  grpc::EnableDefaultHealthCheckService(true);
  if (options.reflection) RETURN_IF_ERROR(LoadReflection());
  auto state = std::make_unique<State>();
  state->services = std::move(services);
  state->names = options.names;
  grpc::ServerBuilder builder;
  SetLimits(options, &builder);
  builder.AddListeningPort(options.listen, ServerCredentialsFor(options.tls), &state->port);
  for (const auto& service : state->services) builder.RegisterService(service.get());
  state->server = builder.BuildAndStart();
  if (state->server == nullptr || state->port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen));
  }
  auto server = std::unique_ptr<RpcServer>(new RpcServer(std::move(state)));
  server->SetServing(true);
  return server;
}

RpcServer::RpcServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

RpcServer::~RpcServer() { Shutdown(absl::ZeroDuration()); }

int RpcServer::port() const { return state_->port; }

void RpcServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = state_->server->GetHealthCheckService();
  if (health == nullptr) return;
  for (const std::string& name : state_->names) health->SetServingStatus(name, serving);
  health->SetServingStatus("", serving);
  health->SetServingStatus(serving);
}

void RpcServer::Shutdown(absl::Duration grace) {
  if (state_->server == nullptr) return;
  // A time span counts from now.
  state_->server->Shutdown(gpr_time_from_millis(Millis(grace), GPR_TIMESPAN));
  state_->server->Wait();
  state_->server.reset();
}

}  // namespace starlift::rpc
