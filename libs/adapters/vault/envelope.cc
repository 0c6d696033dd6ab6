#include "adapters/vault/envelope.h"

#include <sodium.h>

#include <array>

#include "absl/strings/escaping.h"
#include "base/check.h"

namespace starlift::vault {

std::string BoundContext(const SealContext& context, absl::string_view key_id) {
  std::string bound;
  const auto add = [&bound](absl::string_view part) {
    for (int shift = 0; shift < 32; shift += 8) {
      bound.push_back(static_cast<char>(part.size() >> shift));
    }
    bound.append(part.data(), part.size());
  };
  const char version = static_cast<char>(kEnvelopeVersion);
  add({&version, 1});
  add(context.tenant.value());
  add(context.kind);
  add(context.id);
  add(context.purpose);
  add(key_id);
  return bound;
}

std::string KeyIdOf(absl::string_view public_key) {
  STARLIFT_CHECK(sodium_init() >= 0);
  std::array<uint8_t, 32> digest;
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const uint8_t*>(public_key.data()), public_key.size(),
                     nullptr, 0);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), 8});
}

}  // namespace starlift::vault
