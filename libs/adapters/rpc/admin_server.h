#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/metrics/metrics.h"
#include "base/clock.h"

namespace starlift::rpc {

// The plain port of health and metrics, for a kubelet's probes and for Prometheus: one port that
// speaks HTTP/1.1 (GET /metrics, GET /healthz) and gRPC (grpc.health.v1.Health). Whoever speaks
// first shows which: gRPC's preface starts with "PRI ". Nothing here needs or shows a secret; a
// network policy keeps strangers away.
class AdminServer {
 public:
  // `listen`: host:port, an IP address or localhost; port 0: the system picks one. `services`: the
  // full names that the health service knows besides "". NOT_SERVING until SetServing(true).
  // `metrics` and `clock` outlive it.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(
      const std::string& listen, const std::vector<std::string>& services, const Metrics& metrics,
      const Clock& clock);
  // Ends at once: whoever is connected is cut off.
  ~AdminServer();

  int port() const;
  void SetServing(bool serving);

 private:
  class Impl;
  explicit AdminServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace starlift::rpc
