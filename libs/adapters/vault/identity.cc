#include "adapters/vault/identity.h"

#include <sodium.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift::vault {

SessionId SessionIdFor(const Secret& login_token, const Secret& identity_key) {
  STARLIFT_CHECK(sodium_init() >= 0);
  STARLIFT_CHECK(identity_key.size() == crypto_generichash_KEYBYTES);
  std::array<uint8_t, 16> digest;
  crypto_generichash(digest.data(), digest.size(), login_token.Reveal().data(), login_token.size(),
                     identity_key.Reveal().data(), identity_key.size());
  return SessionId(absl::StrCat(
      "ses_", absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), 16})));
}

std::string CookiesDigest(const Secret& jar, const Secret& identity_key) {
  STARLIFT_CHECK(sodium_init() >= 0);
  STARLIFT_CHECK(identity_key.size() == crypto_generichash_KEYBYTES);
  std::array<uint8_t, 32> digest;
  crypto_generichash(digest.data(), digest.size(), jar.Reveal().data(), jar.size(),
                     identity_key.Reveal().data(), identity_key.size());
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace starlift::vault
