#include "adapters/postgres/key_store.h"

#include <pqxx/pqxx>

#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

constexpr Statement kFind{"key_find", R"(
SELECT id, tenant_id, hash, expires_at, revoked_at FROM api_keys WHERE id = $1)"};

// One statement, so that there is never a tenant whose key nobody was shown.
constexpr Statement kCreateTenant{"key_create_tenant", R"(
WITH tenant AS (
  INSERT INTO tenants (id, name, webhook_secret, webhook_key_id)
  VALUES ($1, $2, $3::bytea, $4) RETURNING id)
INSERT INTO api_keys (id, tenant_id, hash, expires_at)
SELECT $5, tenant.id, $6::bytea, $7::timestamptz FROM tenant)"};

}  // namespace

absl::StatusOr<std::optional<ApiKeyRecord>> PostgresKeyStore::Find(absl::string_view key_id) {
  std::optional<ApiKeyRecord> found;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kFind, Params().ForeignText(key_id))) {
      RowReader row(line);
      found.emplace();
      found->id = row.Text();
      found->tenant = TenantId(row.Text());
      found->hash = row.Bytes();
      found->expires_at = row.Time();
      found->revoked_at = row.Time();
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::Status PostgresKeyStore::CreateTenant(const NewTenant& tenant) {
  return pool_.Autocommit([&](Transaction& tx) {
    tx.Run(kCreateTenant, Params()
                              .Text(tenant.id.value())
                              .Text(tenant.name)
                              .Bytes(tenant.webhook_secret.bytes)
                              .Text(tenant.webhook_secret.key_id)
                              .Text(tenant.key.id)
                              .Bytes(tenant.key.hash)
                              .Time(tenant.key.expires_at));
    return absl::OkStatus();
  });
}

}  // namespace starlift::postgres
