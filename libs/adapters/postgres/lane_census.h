#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "adapters/postgres/pool.h"

namespace starlift::postgres {

// How the lanes are, for metrics. Every lane is counted once.
struct LaneCensus {
  int64_t open = 0;
  int64_t shut = 0;     // no signing until a person or evidence opens it
  int64_t cooling = 0;  // displaced too often; rests for a while
  int64_t unknown_transfers = 0;
};

class PostgresLaneCensus {
 public:
  explicit PostgresLaneCensus(Pool& pool) : pool_(pool) {}
  absl::StatusOr<LaneCensus> Count();

 private:
  Pool& pool_;
};

}  // namespace starlift::postgres
