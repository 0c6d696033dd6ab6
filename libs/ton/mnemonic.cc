#include "ton/mnemonic.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "ton/bip39_words.h"

namespace starlift::ton {
namespace {

constexpr size_t kWords = 24;
constexpr size_t kLongestWord = 8;
constexpr size_t kHashBytes = 64;
constexpr int kStretchRounds = 100000;
constexpr int kCheckRounds = kStretchRounds / 256;

absl::Status Refuse(MnemonicFault fault) {
  return absl::InvalidArgumentError(MnemonicFaultName(fault));
}

bool IsListed(absl::string_view word) {
  const absl::Span<const absl::string_view> words = Bip39Words();
  return std::binary_search(words.begin(), words.end(), word);
}

// The phrase as the derivation wants it, one blank between words, in a buffer of its own size.
struct Phrase {
  Secret buffer = Secret::Zeroed(kWords * (kLongestWord + 1));
  size_t size = 0;

  void Add(absl::string_view word) {
    const absl::Span<uint8_t> room = buffer.RevealMutable();
    if (size != 0) room[size++] = ' ';
    std::memcpy(&room[size], word.data(), word.size());
    size += word.size();
  }
};

// Lower-cases and trims into `phrase`; false for a word that is not in the list.
bool AddWord(absl::string_view raw, Phrase* phrase) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(raw);
  if (trimmed.size() > kLongestWord) return false;
  char lower[kLongestWord];
  for (size_t i = 0; i < trimmed.size(); ++i) lower[i] = absl::ascii_tolower(trimmed[i]);
  const absl::string_view word(lower, trimmed.size());
  const bool listed = IsListed(word);
  if (listed) phrase->Add(word);
  sodium_memzero(lower, sizeof(lower));
  return listed;
}

absl::StatusOr<Phrase> NormalisePhrase(const std::vector<Secret>& words) {
  if (words.size() != kWords) return Refuse(MnemonicFault::kWordCount);
  Phrase phrase;
  for (const Secret& word : words) {
    if (!AddWord(word.RevealString(), &phrase)) return Refuse(MnemonicFault::kWordNotInList);
  }
  return phrase;
}

// HMAC-SHA512 with the phrase as the key and the password as the message.
Secret Entropy(const Phrase& phrase, absl::string_view password) {
  Secret entropy = Secret::Zeroed(kHashBytes);
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, phrase.buffer.Reveal().data(), phrase.size);
  crypto_auth_hmacsha512_update(&state, reinterpret_cast<const uint8_t*>(password.data()),
                                password.size());
  crypto_auth_hmacsha512_final(&state, entropy.RevealMutable().data());
  sodium_memzero(&state, sizeof(state));
  return entropy;
}

Secret Stretch(const Secret& entropy, absl::string_view salt, int rounds) {
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  Secret out = Secret::Zeroed(kHashBytes);
  const absl::string_view key = entropy.RevealString();
  STARLIFT_CHECK(PKCS5_PBKDF2_HMAC(key.data(), static_cast<int>(key.size()),
                                   reinterpret_cast<const uint8_t*>(salt.data()),
                                   static_cast<int>(salt.size()), rounds, sha512, kHashBytes,
                                   out.RevealMutable().data()) == 1);
  return out;
}

bool IsBasic(const Secret& entropy) {
  return Stretch(entropy, "TON seed version", kCheckRounds).Reveal()[0] == 0;
}

bool AsksForPassword(const Secret& entropy) {
  return Stretch(entropy, "TON fast seed version", 1).Reveal()[0] == 1;
}

// OK when `entropy`, made of the phrase and the password, is the one to use.
absl::Status CheckVersion(const Phrase& phrase, const Secret& password, const Secret& entropy) {
  if (password.empty()) {
    if (IsBasic(entropy)) return absl::OkStatus();
    return Refuse(AsksForPassword(entropy) ? MnemonicFault::kPhraseNeedsPassword
                                           : MnemonicFault::kBasicSeedCheckFailed);
  }
  const Secret bare = Entropy(phrase, "");
  if (IsBasic(bare)) return Refuse(MnemonicFault::kPhraseNeedsNoPassword);
  if (!AsksForPassword(bare)) return Refuse(MnemonicFault::kBasicSeedCheckFailed);
  if (!IsBasic(entropy)) return Refuse(MnemonicFault::kWrongPassword);
  return absl::OkStatus();
}

// The entropy of a phrase that passes every cheap test.
absl::StatusOr<Secret> CheckedEntropy(const std::vector<Secret>& words, const Secret& password) {
  ASSIGN_OR_RETURN(const Phrase phrase, NormalisePhrase(words));
  Secret entropy = Entropy(phrase, password.RevealString());
  RETURN_IF_ERROR(CheckVersion(phrase, password, entropy));
  return entropy;
}

}  // namespace

absl::string_view MnemonicFaultName(MnemonicFault fault) {
  switch (fault) {
    case MnemonicFault::kWordCount:
      return "word_count";
    case MnemonicFault::kWordNotInList:
      return "word_not_in_list";
    case MnemonicFault::kBasicSeedCheckFailed:
      return "basic_seed_check_failed";
    case MnemonicFault::kPhraseNeedsPassword:
      return "phrase_needs_password";
    case MnemonicFault::kPhraseNeedsNoPassword:
      return "phrase_needs_no_password";
    case MnemonicFault::kWrongPassword:
      return "wrong_password";
  }
  return "";
}

absl::Status CheckMnemonic(const std::vector<Secret>& words, const Secret& password) {
  return CheckedEntropy(words, password).status();
}

absl::StatusOr<KeyPair> StretchMnemonic(const std::vector<Secret>& words, const Secret& password,
                                        Secret* entropy64, Secret* seed64) {
  ASSIGN_OR_RETURN(Secret entropy, CheckedEntropy(words, password));
  Secret seed = Stretch(entropy, "TON default seed", kStretchRounds);
  KeyPair key = KeyPairFromSeed(seed.Reveal().first(32));
  if (entropy64 != nullptr) *entropy64 = std::move(entropy);
  if (seed64 != nullptr) *seed64 = std::move(seed);
  return key;
}

std::vector<Secret> SplitWords(absl::string_view phrase) {
  std::vector<Secret> words;
  for (size_t at = 0; at < phrase.size() && words.size() <= kWords;) {
    size_t end = at;
    while (end < phrase.size() && !absl::ascii_isspace(phrase[end])) ++end;
    if (end > at) words.push_back(Secret::FromString(phrase.substr(at, end - at)));
    at = end + 1;
  }
  return words;
}

std::vector<Secret> NewMnemonic(Random& random) {
  const absl::Span<const absl::string_view> list = Bip39Words();
  // One phrase in 256 passes the check, so this ends soon.
  while (true) {
    Phrase phrase;
    for (size_t i = 0; i < kWords; ++i) {
      phrase.Add(list[random.Below(static_cast<uint32_t>(list.size()))]);
    }
    if (!IsBasic(Entropy(phrase, ""))) continue;
    return SplitWords(phrase.buffer.RevealString().substr(0, phrase.size));
  }
}

}  // namespace starlift::ton
