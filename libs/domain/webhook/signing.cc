#include "domain/webhook/signing.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/error.h"

namespace starlift {
namespace {

constexpr absl::string_view kPrefix = "whsec_";
constexpr size_t kNewKeyBytes = 32;
// The specification's own bounds.
constexpr size_t kMinKeyBytes = 24;
constexpr size_t kMaxKeyBytes = 64;

std::string Base64(absl::Span<const uint8_t> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminating zero
  return text;
}

std::string Signature(absl::string_view signed_text, const Secret& key) {
  std::array<uint8_t, 32> mac;
  unsigned int size = 0;
  const auto* text = reinterpret_cast<const uint8_t*>(signed_text.data());
  const uint8_t* result = HMAC(EVP_sha256(), key.Reveal().data(), static_cast<int>(key.size()),
                               text, signed_text.size(), mac.data(), &size);
  STARLIFT_CHECK(result != nullptr && size == mac.size());
  return absl::StrCat("v1,", Base64(mac));
}

}  // namespace

Secret NewWebhookSecret(Random& random) {
  Secret key = Secret::Zeroed(kNewKeyBytes);
  random.Fill(key.RevealMutable());
  std::string text = absl::StrCat(kPrefix, Base64(key.Reveal()));
  Secret secret = Secret::FromString(text);
  WipeString(&text);
  return secret;
}

absl::StatusOr<Secret> ParseWebhookSecret(absl::string_view text) {
  const absl::Status refused =
      Fail(Reason::kInvalidField, "a webhook secret is whsec_ and the base64 of 24 to 64 bytes");
  if (!absl::ConsumePrefix(&text, kPrefix)) return refused;
  Secret decoded = Secret::Zeroed(kMaxKeyBytes);
  size_t size = 0;
  const char* end = nullptr;
  const int failed =
      sodium_base642bin(decoded.RevealMutable().data(), decoded.size(), text.data(), text.size(),
                        nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  if (failed != 0 || end != text.data() + text.size() || size < kMinKeyBytes) return refused;
  return Secret(decoded.Reveal().subspan(0, size));
}

WebhookHeaders SignWebhook(absl::string_view id, absl::Time timestamp, absl::string_view body,
                           absl::Span<const Secret> keys) {
  // A full stop in the id would let two different triples share one signed text.
  STARLIFT_CHECK(!keys.empty() && !absl::StrContains(id, '.'));
  const std::string seconds = absl::StrCat(absl::ToUnixSeconds(timestamp));
  const std::string signed_text = absl::StrCat(id, ".", seconds, ".", body);
  std::string signatures;
  for (const Secret& key : keys) {
    absl::StrAppend(&signatures, signatures.empty() ? "" : " ", Signature(signed_text, key));
  }
  return {{"webhook-id", std::string(id)},
          {"webhook-timestamp", seconds},
          {"webhook-signature", signatures}};
}

}  // namespace starlift
