#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/config/worker_config.h"
#include "adapters/metrics/metrics.h"
#include "adapters/postgres/pool.h"
#include "adapters/redis/connection.h"
#include "adapters/rpc/event_rendering.h"
#include "adapters/vault/sealer.h"
#include "base/clock.h"
#include "base/random.h"
#include "services/worker/observing.h"

namespace starlift {

// What every role stands on.
struct Ground {
  explicit Ground(const WorkerConfig& config);

  Count Counting();
  Gauge Gauging();

  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  postgres::Pool pool;
  rpc::JsonEventRenderer renderer;
};

absl::StatusOr<redis::RedisOptions> RedisFrom(const WorkerConfig& config);
absl::StatusOr<std::unique_ptr<vault::PrivateKeyOpener>> OpenerFrom(const std::string& key_file);

}  // namespace starlift
