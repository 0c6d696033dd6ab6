#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "adapters/postgres/pool.h"
#include "domain/order/ports/work_signal.h"

namespace starlift::postgres {

// What Postgres says is runnable now: the `announce` role puts it on the stream, and so makes a
// lost Redis, a lost wake-up or a dead worker cost seconds.
class PostgresRunnable {
 public:
  explicit PostgresRunnable(Pool& pool) : pool_(pool) {}

  // Orders and lanes that are due and whose lease is free or over, the longest due first, at most
  // `limit`. Reads only: to hand one out twice costs nothing.
  absl::StatusOr<std::vector<WorkItem>> Due(int limit);

 private:
  Pool& pool_;
};

}  // namespace starlift::postgres
