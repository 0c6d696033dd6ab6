#include "domain/order/product.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace starlift {
namespace {

TEST(NormalizeUsername, TakesTheFormsThatPeopleCopy) {
  for (absl::string_view text : {"Durov", "@Durov", "t.me/Durov", "t.me/Durov/",
                                 "https://t.me/Durov", "https://t.me/durov/"}) {
    const absl::StatusOr<std::string> name = NormalizeUsername(text);
    ASSERT_TRUE(name.ok()) << text;
    EXPECT_EQ(*name, "durov") << text;
  }
}

// Whatever could name somebody else than the caller meant is refused, not guessed at.
TEST(NormalizeUsername, RefusesEverythingElse) {
  const std::string long_name(33, 'a');
  for (absl::string_view text :
       {absl::string_view(""), absl::string_view("@"), absl::string_view("@@durov"),
        absl::string_view("https://durov"), absl::string_view("https://example.com/durov"),
        absl::string_view("http://t.me/durov"), absl::string_view("https://t.me/durov/1"),
        absl::string_view("t.me/@durov"), absl::string_view("du rov"), absl::string_view("durov\n"),
        absl::string_view("d\xc3\xbcrov"), absl::string_view(long_name)}) {
    EXPECT_EQ(ReasonOf(NormalizeUsername(text).status()), Reason::kInvalidUsername) << text;
  }
}

}  // namespace
}  // namespace starlift
