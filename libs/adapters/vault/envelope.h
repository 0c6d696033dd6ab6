#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "domain/access/sealed.h"

namespace starlift::vault {

// The layout of SealedSecret::bytes, version 1:
//   1 byte   version
//   80 bytes data key (32 random bytes) in a sealed box to the public key
//   24 bytes nonce
//   rest     XChaCha20-Poly1305 of the secret, 16 bytes longer than it
inline constexpr uint8_t kEnvelopeVersion = 1;

// What the cipher binds the secret to: version, tenant, kind, id, purpose and key id, each with its
// length before it, so that no two contexts share a text.
std::string BoundContext(const SealContext& context, absl::string_view key_id);

// The name of a public key: the first 16 hex characters of its BLAKE2b-256.
std::string KeyIdOf(absl::string_view public_key);

}  // namespace starlift::vault
