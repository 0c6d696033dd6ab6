#include "domain/access/api_key.h"

#include <sodium.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/check.h"
#include "base/error.h"

namespace starlift {
namespace {

constexpr absl::string_view kPrefix = "slk_";
constexpr size_t kIdSize = 8;
constexpr size_t kSecretSize = 43;  // base64url of 32 bytes, without padding
constexpr size_t kTextSize = 4 + kIdSize + 1 + kSecretSize;
constexpr absl::string_view kIdAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

bool IsBase64Url(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; }

// One text for every way to be wrong: a caller without a key learns nothing about which keys exist.
absl::Status Invalid() { return Fail(Reason::kApiKeyInvalid, "The API key is not valid."); }

}  // namespace

NewApiKey MakeApiKey(Random& random) {
  STARLIFT_CHECK(sodium_init() >= 0);
  NewApiKey key;
  for (size_t i = 0; i < kIdSize; ++i) {
    key.id.push_back(kIdAlphabet[random.Below(kIdAlphabet.size())]);
  }
  Secret bytes = Secret::Zeroed(32);
  random.Fill(bytes.RevealMutable());
  // One byte more than the text: the encoder ends it with a NUL.
  Secret buffer = Secret::Zeroed(kTextSize + 1);
  char* out = reinterpret_cast<char*>(buffer.RevealMutable().data());
  out = std::copy(kPrefix.begin(), kPrefix.end(), out);
  out = std::copy(key.id.begin(), key.id.end(), out);
  *out++ = '_';
  sodium_bin2base64(out, kSecretSize + 1, bytes.Reveal().data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  key.text = Secret(buffer.Reveal().subspan(0, kTextSize));
  return key;
}

absl::StatusOr<std::string> ApiKeyId(absl::string_view text) {
  if (text.size() != kTextSize || !absl::StartsWith(text, kPrefix)) return Invalid();
  const absl::string_view id = text.substr(kPrefix.size(), kIdSize);
  const absl::string_view rest = text.substr(kPrefix.size() + kIdSize);
  const bool id_shaped =
      std::all_of(id.begin(), id.end(), [](char c) { return absl::StrContains(kIdAlphabet, c); });
  const bool rest_shaped = rest[0] == '_' && std::all_of(rest.begin() + 1, rest.end(), IsBase64Url);
  if (!id_shaped || !rest_shaped) return Invalid();
  return std::string(id);
}

std::array<uint8_t, 32> ApiKeyHash(absl::string_view text, const Secret& pepper) {
  STARLIFT_CHECK(sodium_init() >= 0);
  STARLIFT_CHECK(pepper.size() == crypto_generichash_KEYBYTES);
  std::array<uint8_t, 32> hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const uint8_t*>(text.data()),
                     text.size(), pepper.Reveal().data(), pepper.size());
  return hash;
}

bool SameHash(absl::string_view stored32, const std::array<uint8_t, 32>& computed) {
  return stored32.size() == computed.size() &&
         sodium_memcmp(stored32.data(), computed.data(), computed.size()) == 0;
}

absl::StatusOr<Caller> Authenticate(absl::string_view text, const ApiKeyRecord& record,
                                    const Secret& pepper, absl::Time now) {
  if (!SameHash(record.hash, ApiKeyHash(text, pepper))) return Invalid();
  if (record.revoked_at <= now) return Invalid();
  if (record.expires_at <= now) {
    return Fail(Reason::kApiKeyExpired, "The API key has expired.");
  }
  return Caller{record.tenant, record.id};
}

}  // namespace starlift
