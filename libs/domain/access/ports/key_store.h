#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/access/api_key.h"
#include "domain/access/sealed.h"

namespace starlift {

// A tenant to be made together with its first API key and its webhook secret, in one transaction.
struct NewTenant {
  TenantId id;
  std::string name;
  ApiKeyRecord key;
  SealedSecret webhook_secret;  // context: tenant, "endpoint", tenant id, "webhook_secret"
};

// Tenants and API keys.
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  // nullopt: no such key.
  virtual absl::StatusOr<std::optional<ApiKeyRecord>> Find(absl::string_view key_id) = 0;
  virtual absl::Status CreateTenant(const NewTenant& tenant) = 0;
};

}  // namespace starlift
