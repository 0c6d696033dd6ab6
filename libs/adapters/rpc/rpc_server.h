#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/rpc/credentials.h"

namespace grpc {
class Service;
}

namespace starlift::rpc {

// A gRPC server with the limits, keepalive and health service that every server of ours has.
class RpcServer {
 public:
  struct Options {
    std::string listen;  // host:port; port 0: the system picks one
    TlsFiles tls;
    bool reflection = false;
    std::vector<std::string> names;  // full names of the services, for the health service
    absl::Duration longest_stream = absl::Minutes(30);
  };
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      const Options& options, std::vector<std::shared_ptr<grpc::Service>> services);
  ~RpcServer();

  int port() const;
  // What the health service answers for "" and for every service; SERVING from the start.
  void SetServing(bool serving);
  // Takes no new calls, waits `grace` for those under way, then cancels them. Returns when all
  // ended.
  void Shutdown(absl::Duration grace);

 private:
  struct State;
  explicit RpcServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace starlift::rpc
