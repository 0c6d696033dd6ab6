#include "domain/access/api_key.h"

#include <string>

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/random.h"

namespace starlift {
namespace {

class ApiKeyTest : public testing::Test {
 protected:
  ApiKeyTest() : key_(MakeApiKey(random_)), text_(key_.text.RevealString()) {
    const auto hash = ApiKeyHash(text_, pepper_);
    record_.id = key_.id;
    record_.tenant = TenantId("tenant-1");
    record_.hash.assign(reinterpret_cast<const char*>(hash.data()), hash.size());
  }

  Reason Refusal(absl::string_view text) {
    return ReasonOf(Authenticate(text, record_, pepper_, now_).status());
  }

  SystemRandom random_;
  const Secret pepper_ = Secret::FromString(std::string(32, 'p'));
  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  NewApiKey key_;
  std::string text_;
  ApiKeyRecord record_;
};

TEST_F(ApiKeyTest, HasItsShape) {
  EXPECT_EQ(text_.size(), 4u + 8 + 1 + 43);
  EXPECT_EQ(text_.substr(0, 4), "slk_");
  EXPECT_EQ(*ApiKeyId(text_), key_.id);
  EXPECT_NE(std::string(MakeApiKey(random_).text.RevealString()), text_);
}

TEST_F(ApiKeyTest, OtherShapesHaveNoId) {
  for (const std::string& text :
       {std::string(), std::string("slk_"), text_ + "x", text_.substr(1), "xlk_" + text_.substr(4),
        "slk_ABCDEFGH" + text_.substr(12), text_.substr(0, 12) + "-" + text_.substr(13),
        text_.substr(0, 55) + "!", std::string(56, '\0')}) {
    EXPECT_EQ(ReasonOf(ApiKeyId(text).status()), Reason::kApiKeyInvalid) << text;
  }
}

TEST_F(ApiKeyTest, TheRightKeyIsItsTenant) {
  const auto caller = Authenticate(text_, record_, pepper_, now_);
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->tenant, TenantId("tenant-1"));
  EXPECT_EQ(caller->key_id, key_.id);
}

TEST_F(ApiKeyTest, AWrongKeyIsRefused) {
  std::string wrong = text_;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(Refusal(wrong), Reason::kApiKeyInvalid);
  const Secret other_pepper = Secret::FromString(std::string(32, 'q'));
  EXPECT_FALSE(Authenticate(text_, record_, other_pepper, now_).ok());
  record_.hash = "short";
  EXPECT_EQ(Refusal(text_), Reason::kApiKeyInvalid);
}

TEST_F(ApiKeyTest, ExpiredAndRevokedKeysAreRefused) {
  record_.expires_at = now_;
  EXPECT_EQ(Refusal(text_), Reason::kApiKeyExpired);
  record_.expires_at = now_ + absl::Seconds(1);
  EXPECT_EQ(Refusal(text_), Reason::kNone);
  record_.revoked_at = now_ - absl::Seconds(1);
  EXPECT_EQ(Refusal(text_), Reason::kApiKeyInvalid);
}

}  // namespace
}  // namespace starlift
