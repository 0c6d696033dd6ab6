#pragma once

#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/secret.h"
#include "domain/access/api_key.h"
#include "domain/access/ports/key_store.h"

namespace starlift::rpc {

// Finds out who calls from `authorization: Bearer <API key>`. A good answer is remembered for a few
// seconds, so that a revoked key works that much longer and a busy caller costs one query in
// between; what is remembered is the key's hash, never the key. Safe from several threads.
class Authenticator {
 public:
  Authenticator(KeyStore& keys, Secret pepper, const Clock& clock);

  // UNAUTHENTICATED API_KEY_MISSING, API_KEY_INVALID or API_KEY_EXPIRED; UNAVAILABLE
  // STORAGE_UNAVAILABLE.
  absl::StatusOr<Caller> Check(absl::string_view authorization);

 private:
  struct Known {
    Caller caller;
    absl::Time until;
  };
  absl::StatusOr<Caller> Ask(absl::string_view key);
  void Remember(const std::string& hash, const Caller& caller);

  KeyStore& keys_;
  const Secret pepper_;
  const Clock& clock_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Known> known_;
};

}  // namespace starlift::rpc
