#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/access/ports/sealer.h"

namespace starlift::vault {

// Seals to one public key. What it seals, this process cannot open.
class PublicKeySealer final : public Sealer {
 public:
  // `public_key_hex`: 64 hex characters. INVALID_ARGUMENT for anything else. `random` outlives the
  // sealer.
  static absl::StatusOr<std::unique_ptr<PublicKeySealer>> Create(absl::string_view public_key_hex,
                                                                 Random& random);
  SealedSecret Seal(const Secret& secret, const SealContext& context) const override;
  const std::string& key_id() const { return key_id_; }

 private:
  PublicKeySealer(std::string public_key, Random& random);
  const std::string public_key_;  // 32 bytes
  const std::string key_id_;
  Random& random_;
};

// Opens what was sealed to any of its keys: several may be active while they are being rotated.
class PrivateKeyOpener final : public Opener {
 public:
  // Each key 32 bytes. INVALID_ARGUMENT when there is none, or one of another size.
  static absl::StatusOr<std::unique_ptr<PrivateKeyOpener>> Create(std::vector<Secret> private_keys);
  absl::StatusOr<Secret> Open(const SealedSecret& sealed,
                              const SealContext& context) const override;
  // 64 hex characters: of the first key, for sealing what a session's cookies became.
  std::string public_key_hex() const;

 private:
  struct Key {
    std::string id;
    std::string public_key;
    Secret private_key;
  };
  explicit PrivateKeyOpener(std::vector<Key> keys) : keys_(std::move(keys)) {}
  const std::vector<Key> keys_;
};

// A key pair as the key files hold it.
struct KeyPair {
  std::string public_key_hex;  // 64 characters
  Secret private_key_hex;      // 64 characters
  std::string key_id;
};
KeyPair MakeKeyPair();

}  // namespace starlift::vault
