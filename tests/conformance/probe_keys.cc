#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "probe_case.h"
#include "ton/address.h"
#include "ton/mnemonic.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton::probe {
namespace {

// One word more than a phrase has: enough for the word count to be wrong.
constexpr size_t kMaxWords = 25;

absl::StatusOr<std::vector<Secret>> WordsOf(const Json& input) {
  ASSIGN_OR_RETURN(const Json* list, ArrayAt(input, "words"));
  std::vector<Secret> words;
  for (const Json& word : *list) {
    if (!word.is_string()) return absl::InvalidArgumentError("malformed_case: words");
    if (words.size() == kMaxWords) continue;
    words.push_back(Secret::FromString(word.get_ref<const std::string&>()));
  }
  return words;
}

absl::StatusOr<Secret> PasswordOf(const Json& input) {
  if (!Has(input, "password")) return Secret();
  ASSIGN_OR_RETURN(const absl::string_view password, StringAt(input, "password"));
  return Secret::FromString(password);
}

std::string WalletForm(int32_t network, const KeyPair& key) {
  return FriendlyForm(WalletV5Address(WalletV5Id(network), key.public_key),
                      {.bounceable = false, .test_only = network == kTestnet});
}

}  // namespace

absl::Status AnswerMnemonic(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const std::vector<Secret> words, WordsOf(input));
  ASSIGN_OR_RETURN(const Secret password, PasswordOf(input));
  RETURN_IF_ERROR(CheckMnemonic(words, password));
  Secret entropy;
  Secret seed;
  ASSIGN_OR_RETURN(const KeyPair key, StretchMnemonic(words, password, &entropy, &seed));
  Json& out = *answer;
  out["entropy_hex"] = HexOf(entropy.Reveal());
  out["seed64_hex"] = HexOf(seed.Reveal());
  out["ed25519_seed_hex"] = HexOf(key.seed.Reveal());
  out["secret_key64_hex"] = HexOf(key.seed.Reveal()) + HexOf(key.public_key);
  out["public_key_hex"] = HexOf(key.public_key);
  out["w5r1_mainnet_address"] = WalletForm(kMainnet, key);
  out["w5r1_testnet_address"] = WalletForm(kTestnet, key);
  out["v4r2_address"] = FriendlyForm(WalletV4Address(key.public_key), {.bounceable = false});
  return absl::OkStatus();
}

absl::Status AnswerSignature(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const Hash256 seed, HashAt(input, "ed25519_seed_hex"));
  ASSIGN_OR_RETURN(const Hash256 message, HashAt(input, "message_hex"));
  const KeyPair key = KeyPairFromSeed(seed);
  const std::array<uint8_t, 64> signature = Sign(key, message);
  (*answer)["public_key_hex"] = HexOf(key.public_key);
  (*answer)["signature_hex"] = HexOf(signature);
  if (!VerifySignature(key.public_key, message, signature)) {
    return absl::InternalError("a signature of our own does not verify");
  }
  return absl::OkStatus();
}

}  // namespace starlift::ton::probe
