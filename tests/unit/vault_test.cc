#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "adapters/vault/envelope.h"
#include "adapters/vault/identity.h"
#include "adapters/vault/sealer.h"
#include "base/random.h"

namespace starlift::vault {
namespace {

struct Vault {
  Vault() {
    const std::string bytes =
        absl::HexStringToBytes(std::string(pair.private_key_hex.RevealString()));
    std::vector<Secret> keys;
    keys.push_back(Secret::FromString(bytes));
    opener = *PrivateKeyOpener::Create(std::move(keys));
    sealer = *PublicKeySealer::Create(pair.public_key_hex, random);
  }
  SystemRandom random;
  KeyPair pair = MakeKeyPair();
  std::unique_ptr<PublicKeySealer> sealer;
  std::unique_ptr<PrivateKeyOpener> opener;
};

const SealContext kContext{TenantId("tenant-1"), "order", "ord_1", "wallet_key"};

TEST(VaultTest, OpensWhatItSealed) {
  const Vault vault;
  for (const std::string& text :
       {std::string("thirty-two bytes of a wallet key"), std::string(""), std::string(4000, 'x')}) {
    const SealedSecret sealed = vault.sealer->Seal(Secret::FromString(text), kContext);
    EXPECT_EQ(sealed.key_id, vault.pair.key_id);
    EXPECT_FALSE(absl::StrContains(sealed.bytes, "wallet key"));
    const auto opened = vault.opener->Open(sealed, kContext);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->RevealString(), text);
  }
}

TEST(VaultTest, TwoSealsOfOneSecretDiffer) {
  const Vault vault;
  const Secret secret = Secret::FromString("same");
  EXPECT_NE(vault.sealer->Seal(secret, kContext).bytes, vault.sealer->Seal(secret, kContext).bytes);
}

TEST(VaultTest, AnyOtherContextDoesNotOpen) {
  const Vault vault;
  const SealedSecret sealed = vault.sealer->Seal(Secret::FromString("secret"), kContext);
  std::vector<SealContext> others(5, kContext);
  others[0].tenant = TenantId("tenant-2");
  others[1].kind = "session";
  others[2].id = "ord_2";
  others[3].purpose = "session_jar";
  // The same letters, cut elsewhere: the lengths are part of what is bound.
  others[4] = {TenantId("tenant-"), "1order", "ord_1", "wallet_key"};
  for (const SealContext& other : others) {
    const auto opened = vault.opener->Open(sealed, other);
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kInternal);
  }
}

TEST(VaultTest, EveryChangedByteIsNoticed) {
  const Vault vault;
  const SealedSecret sealed = vault.sealer->Seal(Secret::FromString("secret"), kContext);
  for (size_t i = 0; i < sealed.bytes.size(); ++i) {
    SealedSecret changed = sealed;
    changed.bytes[i] = static_cast<char>(changed.bytes[i] ^ 1);
    EXPECT_FALSE(vault.opener->Open(changed, kContext).ok()) << i;
    changed.bytes = sealed.bytes.substr(0, i);
    EXPECT_FALSE(vault.opener->Open(changed, kContext).ok()) << i;
  }
}

TEST(VaultTest, AnotherKeyDoesNotOpen) {
  const Vault vault, other;
  SealedSecret sealed = vault.sealer->Seal(Secret::FromString("secret"), kContext);
  EXPECT_FALSE(other.opener->Open(sealed, kContext).ok());
  sealed.key_id = other.pair.key_id;
  EXPECT_FALSE(other.opener->Open(sealed, kContext).ok());
}

TEST(VaultTest, SeveralKeysMayBeActive) {
  const Vault old_vault, new_vault;
  std::vector<Secret> keys;
  for (const Vault* vault : {&new_vault, &old_vault}) {
    keys.push_back(Secret::FromString(
        absl::HexStringToBytes(std::string(vault->pair.private_key_hex.RevealString()))));
  }
  const auto opener = PrivateKeyOpener::Create(std::move(keys));
  ASSERT_TRUE(opener.ok());
  EXPECT_EQ((*opener)->public_key_hex(), new_vault.pair.public_key_hex);
  const SealedSecret sealed = old_vault.sealer->Seal(Secret::FromString("old"), kContext);
  EXPECT_TRUE((*opener)->Open(sealed, kContext).ok());
}

TEST(VaultTest, RefusesKeysOfAnotherShape) {
  SystemRandom random;
  EXPECT_FALSE(PublicKeySealer::Create("abc", random).ok());
  EXPECT_FALSE(PublicKeySealer::Create(std::string(64, 'g'), random).ok());
  EXPECT_FALSE(PrivateKeyOpener::Create({}).ok());
  std::vector<Secret> keys;
  keys.push_back(Secret::FromString("short"));
  EXPECT_FALSE(PrivateKeyOpener::Create(std::move(keys)).ok());
}

TEST(VaultTest, OneTokenIsOneSession) {
  const Secret key = Secret::FromString(std::string(32, 'k'));
  const Secret other_key = Secret::FromString(std::string(32, 'l'));
  const SessionId id = SessionIdFor(Secret::FromString("token"), key);
  EXPECT_EQ(id.value().size(), 4 + 32);
  EXPECT_TRUE(absl::StartsWith(id.value(), "ses_"));
  EXPECT_EQ(id, SessionIdFor(Secret::FromString("token"), key));
  EXPECT_NE(id, SessionIdFor(Secret::FromString("token2"), key));
  EXPECT_NE(id, SessionIdFor(Secret::FromString("token"), other_key));
}

}  // namespace
}  // namespace starlift::vault
