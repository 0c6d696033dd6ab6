#include "services/api/app_commands.h"

#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/key_store.h"
#include "adapters/postgres/migrations.h"
#include "adapters/postgres/pool.h"
#include "adapters/vault/sealer.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/random.h"
#include "base/status_macros.h"
#include "domain/access/api_key.h"
#include "domain/webhook/signing.h"
#include "services/api/app_settings.h"

namespace starlift {
namespace {

constexpr size_t kMostNameBytes = 200;

std::string BesideTheProgram(absl::string_view name) {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof(path));
  const absl::string_view program(path, size > 0 ? static_cast<size_t>(size) : 0);
  const size_t slash = program.rfind('/');
  if (slash == absl::string_view::npos) return std::string(name);
  return absl::StrCat(program.substr(0, slash + 1), name);
}

void Print(const char* name, absl::string_view value) {
  std::printf("%s=%.*s\n", name, static_cast<int>(value.size()), value.data());
}

}  // namespace

absl::Status MigrateDatabase(const ApiConfig& config) {
  const std::string& given = config.database.migrations_directory;
  ASSIGN_OR_RETURN(const int version,
                   postgres::Migrate(config.database.url,
                                     given.empty() ? BesideTheProgram("migrations") : given));
  std::printf("schema=%d\n", version);
  return absl::OkStatus();
}

absl::Status CreateKey(const ApiConfig& config, const std::string& name) {
  if (name.empty() || name.size() > kMostNameBytes) {
    return absl::InvalidArgumentError("a tenant's name has 1 to 200 bytes");
  }
  SystemRandom random;
  const SystemClock clock;
  ASSIGN_OR_RETURN(const ApiKeys api, ReadApiKeys(config));
  ASSIGN_OR_RETURN(const auto sealer,
                   vault::PublicKeySealer::Create(api.endpoint_public_hex, random));
  const NewApiKey key = MakeApiKey(random);
  const Secret webhook_secret = NewWebhookSecret(random);
  NewTenant tenant;
  tenant.id = TenantId(NewId("ten_", absl::ToUnixMillis(clock.Now()), random));
  tenant.name = name;
  tenant.key.id = key.id;
  tenant.key.tenant = tenant.id;
  const auto hash = ApiKeyHash(key.text.RevealString(), api.pepper);
  tenant.key.hash.assign(hash.begin(), hash.end());
  tenant.webhook_secret =
      sealer->Seal(webhook_secret, {tenant.id, "endpoint", tenant.id.value(), "webhook_secret"});
  postgres::Pool pool(PoolOptionsOf(config));
  postgres::PostgresKeyStore keys(pool);
  RETURN_IF_ERROR(keys.CreateTenant(tenant));
  Print("tenant", tenant.id.value());
  Print("api_key", key.text.RevealString());
  Print("webhook_secret", webhook_secret.RevealString());
  return absl::OkStatus();
}

}  // namespace starlift
