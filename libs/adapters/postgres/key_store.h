#pragma once

#include <optional>

#include "adapters/postgres/pool.h"
#include "domain/access/ports/key_store.h"

namespace starlift::postgres {

// KeyStore over PostgreSQL. Safe from many threads.
class PostgresKeyStore final : public KeyStore {
 public:
  explicit PostgresKeyStore(Pool& pool) : pool_(pool) {}

  absl::StatusOr<std::optional<ApiKeyRecord>> Find(absl::string_view key_id) override;
  absl::Status CreateTenant(const NewTenant& tenant) override;

 private:
  Pool& pool_;
};

}  // namespace starlift::postgres
