#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/random.h"
#include "base/secret.h"
#include "ton/cell.h"

namespace starlift::ton {

// An Ed25519 key: 32 secret bytes and the public key that follows from them.
struct KeyPair {
  Secret seed;  // 32 bytes
  std::array<uint8_t, 32> public_key{};
};
KeyPair KeyPairFromSeed(absl::Span<const uint8_t> seed32);

// A key for the length of one signing, best made from the bytes of a Secret that is at hand. It
// stays in the frame of its function and is wiped there: guarded memory costs the system calls of
// four signatures. The public key always belongs to the seed, because signing with another would
// give the private key away.
class SigningKey {
 public:
  explicit SigningKey(absl::Span<const uint8_t> seed32);
  SigningKey(const KeyPair& key);  // NOLINT: whoever has a pair may sign with it
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  const std::array<uint8_t, 32>& public_key() const { return public_key_; }
  std::array<uint8_t, 64> Sign(const Hash256& message) const;

 private:
  std::array<uint8_t, 64> secret_{};
  std::array<uint8_t, 32> public_key_{};
};
std::array<uint8_t, 64> Sign(const SigningKey& key, const Hash256& message);
bool VerifySignature(const std::array<uint8_t, 32>& public_key, const Hash256& message,
                     absl::Span<const uint8_t> signature64);

// Why a phrase is refused; the names are those of the public test vectors.
enum class MnemonicFault {
  kWordCount,              // word_count: not 24 words
  kWordNotInList,          // word_not_in_list: not in the BIP-39 English list
  kBasicSeedCheckFailed,   // basic_seed_check_failed: mistyped, or not a TON phrase (BIP-39)
  kPhraseNeedsPassword,    // phrase_needs_password
  kPhraseNeedsNoPassword,  // phrase_needs_no_password
  kWrongPassword,          // wrong_password
};
absl::string_view MnemonicFaultName(MnemonicFault fault);

// The cheap check (390 + 1 PBKDF2 rounds, about 0.2 ms): words lower-cased and trimmed, counted,
// looked up, seed version tested. OK, or INVALID_ARGUMENT whose message is the fault's name.
absl::Status CheckMnemonic(const std::vector<Secret>& words, const Secret& password);

// The dear one: 100,000 rounds of PBKDF2-HMAC-SHA512 (about 36 ms). Checks first. `entropy64` and
// `seed64` (may be null) receive the intermediate results that the test vectors name.
absl::StatusOr<KeyPair> StretchMnemonic(const std::vector<Secret>& words, const Secret& password,
                                        Secret* entropy64 = nullptr, Secret* seed64 = nullptr);

// Splits at white space. The words are secrets from here on. No more than 25 come out, one more
// than a phrase has, so that a hostile text cannot use up the locked memory.
std::vector<Secret> SplitWords(absl::string_view phrase);

// A new valid phrase of 24 words without password.
std::vector<Secret> NewMnemonic(Random& random);

}  // namespace starlift::ton
