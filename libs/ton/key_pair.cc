#include <sodium.h>

#include "base/check.h"
#include "ton/mnemonic.h"

namespace starlift::ton {

KeyPair KeyPairFromSeed(absl::Span<const uint8_t> seed32) {
  STARLIFT_CHECK(seed32.size() == crypto_sign_SEEDBYTES);
  KeyPair key;
  key.seed = Secret(seed32);
  Secret expanded = Secret::Zeroed(crypto_sign_SECRETKEYBYTES);
  STARLIFT_CHECK(crypto_sign_seed_keypair(key.public_key.data(), expanded.RevealMutable().data(),
                                          seed32.data()) == 0);
  return key;
}

std::array<uint8_t, 64> Sign(const KeyPair& key, const Hash256& message) {
  STARLIFT_CHECK(key.seed.size() == crypto_sign_SEEDBYTES);
  // The public key is derived again: signing with one that does not belong to the seed would give
  // the private key away.
  Secret expanded = Secret::Zeroed(crypto_sign_SECRETKEYBYTES);
  std::array<uint8_t, 32> public_key{};
  STARLIFT_CHECK(crypto_sign_seed_keypair(public_key.data(), expanded.RevealMutable().data(),
                                          key.seed.Reveal().data()) == 0);
  std::array<uint8_t, 64> signature{};
  STARLIFT_CHECK(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                                      expanded.Reveal().data()) == 0);
  return signature;
}

bool VerifySignature(const std::array<uint8_t, 32>& public_key, const Hash256& message,
                     absl::Span<const uint8_t> signature64) {
  if (signature64.size() != crypto_sign_BYTES) return false;
  STARLIFT_CHECK(sodium_init() >= 0);
  return crypto_sign_verify_detached(signature64.data(), message.data(), message.size(),
                                     public_key.data()) == 0;
}

}  // namespace starlift::ton
