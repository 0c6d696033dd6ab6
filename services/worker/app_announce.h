#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "adapters/config/worker_config.h"
#include "adapters/postgres/lane_census.h"
#include "adapters/postgres/runnable.h"
#include "adapters/redis/work_signal.h"
#include "services/worker/app_ground.h"
#include "services/worker/periodic.h"

namespace starlift {

// announce: puts on the stream what the database says is due, and tells by metrics how the lanes
// are.
class Announcing {
 public:
  static absl::StatusOr<std::unique_ptr<Announcing>> Start(const WorkerConfig& config,
                                                           Ground& ground);

 private:
  bool Sweep();
  bool Count();

  Ground* ground_ = nullptr;
  std::unique_ptr<postgres::PostgresRunnable> runnable_;
  std::unique_ptr<postgres::PostgresLaneCensus> census_;
  std::unique_ptr<redis::RedisWorkSignal> signal_;
  std::unique_ptr<Periodic> sweep_;
  std::unique_ptr<Periodic> counter_;
};

}  // namespace starlift
