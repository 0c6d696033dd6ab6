#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "base/random.h"
#include "base/secret.h"

namespace starlift {

// "slk_<8 characters of id>_<43 characters: 32 random bytes, base64url>". The id finds the row;
// only a keyed BLAKE2b-256 of the whole text (key: the installation's pepper) is stored.
struct NewApiKey {
  std::string id;
  Secret text;  // shown once
};
NewApiKey MakeApiKey(Random& random);

// The id part, or UNAUTHENTICATED API_KEY_INVALID for a text of another shape.
absl::StatusOr<std::string> ApiKeyId(absl::string_view text);
std::array<uint8_t, 32> ApiKeyHash(absl::string_view text, const Secret& pepper);
// In constant time.
bool SameHash(absl::string_view stored32, const std::array<uint8_t, 32>& computed);

// A key's row.
struct ApiKeyRecord {
  std::string id;
  TenantId tenant;
  std::string hash;  // 32 bytes
  absl::Time expires_at = absl::InfiniteFuture();
  absl::Time revoked_at = absl::InfiniteFuture();
};

// Who calls.
struct Caller {
  TenantId tenant;
  std::string key_id;
};
// UNAUTHENTICATED API_KEY_INVALID or API_KEY_EXPIRED.
absl::StatusOr<Caller> Authenticate(absl::string_view text, const ApiKeyRecord& record,
                                    const Secret& pepper, absl::Time now);

}  // namespace starlift
