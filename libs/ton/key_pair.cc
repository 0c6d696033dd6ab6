#include <sodium.h>

#include "base/check.h"
#include "ton/mnemonic.h"

namespace starlift::ton {

KeyPair KeyPairFromSeed(absl::Span<const uint8_t> seed32) {
  KeyPair key;
  key.public_key = SigningKey(seed32).public_key();
  key.seed = Secret(seed32);
  return key;
}

SigningKey::SigningKey(absl::Span<const uint8_t> seed32) {
  STARLIFT_CHECK(seed32.size() == crypto_sign_SEEDBYTES);
  STARLIFT_CHECK(sodium_init() >= 0);
  STARLIFT_CHECK(crypto_sign_seed_keypair(public_key_.data(), secret_.data(), seed32.data()) == 0);
}

SigningKey::SigningKey(const KeyPair& key) : SigningKey(key.seed.Reveal()) {}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

std::array<uint8_t, 64> SigningKey::Sign(const Hash256& message) const {
  std::array<uint8_t, 64> signature{};
  STARLIFT_CHECK(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                                      secret_.data()) == 0);
  return signature;
}

std::array<uint8_t, 64> Sign(const SigningKey& key, const Hash256& message) {
  return key.Sign(message);
}

bool VerifySignature(const std::array<uint8_t, 32>& public_key, const Hash256& message,
                     absl::Span<const uint8_t> signature64) {
  if (signature64.size() != crypto_sign_BYTES) return false;
  STARLIFT_CHECK(sodium_init() >= 0);
  return crypto_sign_verify_detached(signature64.data(), message.data(), message.size(),
                                     public_key.data()) == 0;
}

}  // namespace starlift::ton
