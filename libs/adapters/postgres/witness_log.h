#pragma once

#include "adapters/postgres/pool.h"
#include "domain/payment/ports/witness_log.h"

namespace starlift::postgres {

// WitnessLog in a PostgreSQL database of its own (migrations/witness). The pool is that database's:
// whoever gives it the main database's loses what the log is for.
class PostgresWitnessLog final : public WitnessLog {
 public:
  explicit PostgresWitnessLog(Pool& pool) : pool_(pool) {}

  absl::Status Write(const WitnessLine& line) override;
  absl::StatusOr<WitnessAnswer> Ask(absl::string_view wallet, int64_t after_number,
                                    absl::Span<const OrderId> orders) override;
  absl::StatusOr<std::vector<WitnessLine>> LinesAfter(int64_t number, int limit) override;

 private:
  Pool& pool_;
};

}  // namespace starlift::postgres
