#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "domain/access/ports/key_store.h"

namespace starlift {

class FakeKeyStore final : public KeyStore {
 public:
  absl::StatusOr<std::optional<ApiKeyRecord>> Find(absl::string_view key_id) override {
    const auto found = tenants_.find(std::string(key_id));
    if (found == tenants_.end()) return std::optional<ApiKeyRecord>();
    return std::optional<ApiKeyRecord>(found->second.key);
  }

  absl::Status CreateTenant(const NewTenant& tenant) override {
    for (const auto& [key_id, known] : tenants_) {
      if (key_id == tenant.key.id || known.id == tenant.id) {
        return Fail(Reason::kInternal, "The tenant or the key exists.");
      }
    }
    NewTenant stored = tenant;
    stored.key.tenant = tenant.id;
    tenants_[tenant.key.id] = stored;
    return absl::OkStatus();
  }

 private:
  std::map<std::string, NewTenant> tenants_;
};

}  // namespace starlift
