#pragma once

#include "adapters/postgres/pool.h"
#include "domain/payment/ports/era_store.h"

namespace starlift::postgres {

// EraStore over PostgreSQL. Safe from many threads and processes.
class PostgresEraStore final : public EraStore {
 public:
  explicit PostgresEraStore(Pool& pool) : pool_(pool) {}

  absl::StatusOr<Era> Current() override;
  absl::Status Begin(int64_t newest_number, absl::Time safe_after) override;
  absl::StatusOr<std::map<std::string, LostTransfer>> FindLost(
      absl::Span<const std::string> normalized_hashes) override;
  absl::Status RecordMissing(absl::Span<const WitnessLine> lines) override;
  absl::StatusOr<std::vector<LostTransfer>> OpenLost(int limit, absl::string_view wallet) override;
  absl::Status RecordLost(const LostTransfer& lost) override;

 private:
  Pool& pool_;
};

}  // namespace starlift::postgres
