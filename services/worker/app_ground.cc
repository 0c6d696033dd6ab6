#include "services/worker/app_ground.h"

#include <utility>
#include <vector>

#include "adapters/config/key_files.h"
#include "base/status_macros.h"

namespace starlift {

Ground::Ground(const WorkerConfig& config)
    : metrics("starlift-worker", STARLIFT_VERSION),
      pool({.url = config.database.url, .size = static_cast<int>(config.database.pool_size)}) {}

Count Ground::Counting() {
  return [this](absl::string_view metric, MetricLabels labels) { metrics.Add(metric, labels); };
}

Gauge Ground::Gauging() {
  return [this](absl::string_view metric, MetricLabels labels, double value) {
    metrics.Set(metric, labels, value);
  };
}

absl::StatusOr<redis::RedisOptions> RedisFrom(const WorkerConfig& config) {
  redis::RedisOptions options{config.redis.address, {}};
  ASSIGN_OR_RETURN(options.password, ReadPasswordFile(config.redis.password_file));
  return options;
}

absl::StatusOr<std::unique_ptr<vault::PrivateKeyOpener>> OpenerFrom(const std::string& key_file) {
  ASSIGN_OR_RETURN(Secret key, ReadKeyFile(key_file));
  std::vector<Secret> keys;
  keys.push_back(std::move(key));
  return vault::PrivateKeyOpener::Create(std::move(keys));
}

}  // namespace starlift
