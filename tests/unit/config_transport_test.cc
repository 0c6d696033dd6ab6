#include "adapters/config/transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"

namespace starlift {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr absl::string_view kHere = "127.0.0.1:6379";
constexpr absl::string_view kSafe = "postgresql://u@db.example/n?sslmode=verify-full";

std::string Told(absl::string_view url, absl::string_view redis = kHere,
                 absl::string_view profile = "production") {
  std::vector<std::string> mistakes;
  CheckTransport(url, redis, profile, &mistakes);
  return absl::StrJoin(mistakes, "\n");
}

TEST(ConfigTransportTest, ProductionTakesTlsLoopbackAndSockets) {
  for (const char* good :
       {"", "postgresql://u@db.example/n?sslmode=verify-full",
        "host=db.example sslmode=verify-full passfile=/run/secrets/pg",
        "postgresql://u@127.0.0.1/n", "postgresql://u@[::1]:5432/n", "postgres://localhost/n",
        "host=/run/postgresql dbname=n", "postgresql://u@%2Frun%2Fpostgresql/n",
        "postgresql:///n?host=/run/postgresql", "host=@socket dbname=n",
        "host=localhost,127.0.0.2 dbname=n", "host=db.example hostaddr=127.0.0.1 dbname=n",
        "service=n sslmode=verify-full"}) {
    EXPECT_THAT(Told(good), IsEmpty()) << good;
  }
}

TEST(ConfigTransportTest, ProductionRefusesPlainTextToADatabaseElsewhere) {
  for (const char* bad :
       {"postgresql://u@db.example/n", "postgresql://u@db.example/n?sslmode=require",
        "postgresql://u@db.example/n?sslmode=verify-ca", "host=db.example sslmode=prefer",
        "host=localhost,db.example", "host=127.0.0.1 hostaddr=10.0.0.1", "host=127.evil.example",
        "host=localhost, dbname=n", "dbname=n", "service=n"}) {
    EXPECT_THAT(Told(bad), HasSubstr("database.url: sslmode=verify-full is required")) << bad;
    EXPECT_THAT(Told(bad, kHere, "test"), IsEmpty()) << bad;
  }
}

TEST(ConfigTransportTest, NoPasswordInTheUrlAndNoUrlInTheMessages) {
  for (const char* url :
       {"postgresql://user:hunter2@127.0.0.1/n", "host=127.0.0.1 password=hunter2",
        "postgresql://user@127.0.0.1/n?password=hunter2",
        "postgresql://user@db.example/n?sslmode=verify-full&sslpassword=hunter2",
        "postgresql://user:hunter2%ZZ@db.example/n", "postgresql://user:hunter2@[db.example/n",
        "hunter2", "host=db.example hunter2=1"}) {
    EXPECT_THAT(Told(url), HasSubstr("database.url: ")) << url;
    EXPECT_THAT(Told(url), Not(HasSubstr("hunter2")));
    EXPECT_THAT(Told(url), Not(HasSubstr("db.example")));
  }
  EXPECT_THAT(Told("postgresql://u:p@127.0.0.1/n"), HasSubstr("passfile"));
  EXPECT_THAT(Told("postgresql://u:p@127.0.0.1/n", kHere, "test"), IsEmpty());
  EXPECT_THAT(Told("nothing", kHere, "test"), HasSubstr("neither a postgresql:// URL"));
}

TEST(ConfigTransportTest, ProductionRefusesRedisOffLoopback) {
  EXPECT_THAT(Told(kSafe, "redis.example:6379"), HasSubstr("stunnel"));
  EXPECT_THAT(Told(kSafe, "redis.example:6379", "test"), IsEmpty());
  EXPECT_THAT(Told(kSafe, "[::1]:6379"), IsEmpty());
  EXPECT_THAT(Told(kSafe, "6379", "test"), HasSubstr("redis.address: '6379' is not host:port"));
}

TEST(ConfigTransportTest, EveryMistakeIsToldAtOnce) {
  const std::string told = Told("postgresql://u:p@db.example/n", "redis.example:6379");
  EXPECT_THAT(told, HasSubstr("holds a password"));
  EXPECT_THAT(told, HasSubstr("sslmode=verify-full"));
  EXPECT_THAT(told, HasSubstr("redis.address"));
}

}  // namespace
}  // namespace starlift
