#include "adapters/vault/sealer.h"

#include <sodium.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "adapters/vault/envelope.h"
#include "base/check.h"
#include "base/error.h"

namespace starlift::vault {
namespace {

constexpr size_t kKeySize = crypto_box_PUBLICKEYBYTES;
constexpr size_t kDataKeySize = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t kWrappedSize = kDataKeySize + crypto_box_SEALBYTES;
constexpr size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kHeadSize = 1 + kWrappedSize + kNonceSize;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

uint8_t* Bytes(std::string* text) { return reinterpret_cast<uint8_t*>(text->data()); }

// One answer for every way to fail: what differs would help whoever tries.
absl::Status CannotOpen() { return Fail(Reason::kInternal, "A sealed secret cannot be opened."); }

absl::StatusOr<std::string> PublicKeyFromHex(absl::string_view hex) {
  const bool shaped =
      hex.size() == 2 * kKeySize && std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit);
  if (!shaped) return absl::InvalidArgumentError("a public key is 64 hex characters");
  return absl::HexStringToBytes(hex);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PublicKeySealer>> PublicKeySealer::Create(
    absl::string_view public_key_hex, Random& random) {
  STARLIFT_CHECK(sodium_init() >= 0);
  auto public_key = PublicKeyFromHex(public_key_hex);
  if (!public_key.ok()) return public_key.status();
  return std::unique_ptr<PublicKeySealer>(new PublicKeySealer(*std::move(public_key), random));
}

PublicKeySealer::PublicKeySealer(std::string public_key, Random& random)
    : public_key_(std::move(public_key)), key_id_(KeyIdOf(public_key_)), random_(random) {}

SealedSecret PublicKeySealer::Seal(const Secret& secret, const SealContext& context) const {
  Secret data_key = Secret::Zeroed(kDataKeySize);
  random_.Fill(data_key.RevealMutable());
  std::string bytes(kHeadSize + secret.size() + kTagSize, '\0');
  uint8_t* const out = Bytes(&bytes);
  out[0] = kEnvelopeVersion;
  STARLIFT_CHECK(
      crypto_box_seal(out + 1, data_key.Reveal().data(), kDataKeySize, Bytes(public_key_)) == 0);
  uint8_t* const nonce = out + 1 + kWrappedSize;
  random_.Fill({nonce, kNonceSize});
  const std::string bound = BoundContext(context, key_id_);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out + kHeadSize, nullptr, secret.Reveal().data(),
                                             secret.size(), Bytes(bound), bound.size(), nullptr,
                                             nonce, data_key.Reveal().data());
  return {key_id_, std::move(bytes)};
}

absl::StatusOr<std::unique_ptr<PrivateKeyOpener>> PrivateKeyOpener::Create(
    std::vector<Secret> private_keys) {
  STARLIFT_CHECK(sodium_init() >= 0);
  if (private_keys.empty()) return absl::InvalidArgumentError("no private key");
  std::vector<Key> keys;
  for (Secret& private_key : private_keys) {
    if (private_key.size() != crypto_box_SECRETKEYBYTES) {
      return absl::InvalidArgumentError("a private key is 32 bytes");
    }
    std::string public_key(kKeySize, '\0');
    crypto_scalarmult_base(Bytes(&public_key), private_key.Reveal().data());
    std::string id = KeyIdOf(public_key);
    keys.push_back({std::move(id), std::move(public_key), std::move(private_key)});
  }
  return std::unique_ptr<PrivateKeyOpener>(new PrivateKeyOpener(std::move(keys)));
}

absl::StatusOr<Secret> PrivateKeyOpener::Open(const SealedSecret& sealed,
                                              const SealContext& context) const {
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& candidate) {
    return candidate.id == sealed.key_id;
  });
  const absl::string_view bytes = sealed.bytes;
  if (key == keys_.end() || bytes.size() < kHeadSize + kTagSize) return CannotOpen();
  const uint8_t* const in = Bytes(bytes);
  if (in[0] != kEnvelopeVersion) return CannotOpen();
  Secret data_key = Secret::Zeroed(kDataKeySize);
  if (crypto_box_seal_open(data_key.RevealMutable().data(), in + 1, kWrappedSize,
                           Bytes(key->public_key), key->private_key.Reveal().data()) != 0) {
    return CannotOpen();
  }
  const std::string bound = BoundContext(context, key->id);
  Secret secret = Secret::Zeroed(bytes.size() - kHeadSize - kTagSize);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          secret.RevealMutable().data(), nullptr, nullptr, in + kHeadSize, bytes.size() - kHeadSize,
          Bytes(bound), bound.size(), in + 1 + kWrappedSize, data_key.Reveal().data()) != 0) {
    return CannotOpen();
  }
  return secret;
}

std::string PrivateKeyOpener::public_key_hex() const {
  return absl::BytesToHexString(keys_.front().public_key);
}

KeyPair MakeKeyPair() {
  STARLIFT_CHECK(sodium_init() >= 0);
  std::string public_key(kKeySize, '\0');
  Secret private_key = Secret::Zeroed(crypto_box_SECRETKEYBYTES);
  crypto_box_keypair(Bytes(&public_key), private_key.RevealMutable().data());
  // sodium_bin2hex also writes a final NUL, so the secret is made in a buffer that has room for it.
  Secret with_end = Secret::Zeroed(2 * private_key.size() + 1);
  sodium_bin2hex(reinterpret_cast<char*>(with_end.RevealMutable().data()), with_end.size(),
                 private_key.Reveal().data(), private_key.size());
  return {absl::BytesToHexString(public_key),
          Secret(with_end.Reveal().subspan(0, 2 * private_key.size())), KeyIdOf(public_key)};
}

}  // namespace starlift::vault
