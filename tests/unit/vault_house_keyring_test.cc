#include <gtest/gtest.h>

#include "adapters/vault/house_keyring.h"
#include "adapters/vault/identity.h"
#include "base/error.h"

namespace starlift::vault {
namespace {

TEST(HouseKeyringTest, GivesTheKeysThatItWasGivenAndNoOther) {
  HouseKeyring keys;
  const std::string one(32, '1'), two(32, '2');
  ASSERT_TRUE(keys.Add("0:aa", Secret::FromString(one)).ok());
  ASSERT_TRUE(keys.Add("0:bb", Secret::FromString(two)).ok());
  EXPECT_EQ(keys.KeyOf("0:aa")->RevealString(), one);
  EXPECT_EQ(keys.KeyOf("0:bb")->RevealString(), two);
  EXPECT_EQ(keys.KeyOf("0:aa")->RevealString(), one) << "it keeps what it gives";
  const absl::Status missing = keys.KeyOf("0:cc").status();
  EXPECT_EQ(ReasonOf(missing), Reason::kWalletNotFound);
  EXPECT_TRUE(absl::IsNotFound(missing));
}

TEST(HouseKeyringTest, RefusesAWalletTwiceAndWhatIsNoKey) {
  HouseKeyring keys;
  ASSERT_TRUE(keys.Add("0:aa", Secret::FromString(std::string(32, '1'))).ok());
  EXPECT_FALSE(keys.Add("0:aa", Secret::FromString(std::string(32, '2'))).ok());
  EXPECT_FALSE(keys.Add("0:bb", Secret::FromString(std::string(31, '2'))).ok());
  EXPECT_FALSE(keys.Add("0:bb", Secret()).ok());
  EXPECT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys.KeyOf("0:aa")->RevealString(), std::string(32, '1'));
}

TEST(CookiesDigestTest, TellsNewCookiesFromTheSameWithoutShowingThem) {
  const Secret key = Secret::FromString(std::string(32, 'k'));
  const Secret jar = Secret::FromString("stel_token=sesame");
  const std::string digest = CookiesDigest(jar, key);
  EXPECT_EQ(digest.size(), 64u);
  EXPECT_EQ(CookiesDigest(jar, key), digest);
  EXPECT_NE(CookiesDigest(Secret::FromString("stel_token=open"), key), digest);
  EXPECT_NE(CookiesDigest(jar, Secret::FromString(std::string(32, 'l'))), digest);
  EXPECT_EQ(SessionIdFor(jar, key).value().find(digest.substr(0, 16)), std::string::npos);
}

}  // namespace
}  // namespace starlift::vault
