#pragma once

#include <string>

#include "base/id.h"

namespace starlift {

// What a sealed secret belongs to. It is bound into the seal, so that a row moved to another order,
// tenant or purpose does not open.
struct SealContext {
  TenantId tenant;
  std::string kind;     // "order", "session", "endpoint"
  std::string id;       // of that order, session or endpoint
  std::string purpose;  // "wallet_key", "session_jar", "webhook_secret"
};

// An envelope: a random data key sealed to the public key `key_id`, and the secret under that data
// key. Only the holder of the private key can open it.
struct SealedSecret {
  std::string key_id;
  std::string bytes;
  bool empty() const { return bytes.empty(); }
};

}  // namespace starlift
