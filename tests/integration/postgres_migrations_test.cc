#include "adapters/postgres/migrations.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "integration/postgres_database.h"

namespace starlift::postgres {
namespace {

class PostgresMigrationsTest : public testing::Test {
 protected:
  PostgresMigrationsTest() { std::filesystem::create_directory(folder_); }
  ~PostgresMigrationsTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& sql) {
    std::ofstream(folder_ / name) << sql;
  }
  void CopyReal() {
    std::filesystem::copy(std::filesystem::path(STARLIFT_SOURCE_DIR) / "migrations", folder_);
  }
  absl::StatusOr<int> Apply() { return Migrate(database_.url(), folder_.string()); }

  TestDatabase database_;
  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("migrations-", getpid());
};

TEST_F(PostgresMigrationsTest, ASecondRunChangesNothing) {
  CopyReal();
  const auto version = Apply();
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_EQ(*version, kSchemaVersion);
  EXPECT_EQ(*SchemaVersion(database_.pool()), kSchemaVersion);
  EXPECT_TRUE(CheckSchema(database_.pool()).ok());
}

TEST_F(PostgresMigrationsTest, AppliesWhatIsNew) {
  CopyReal();
  const std::string next = absl::StrCat("000", kSchemaVersion + 1, "_next.sql");
  Write(next, "CREATE TABLE next_one (n integer); INSERT INTO next_one VALUES (7);");
  EXPECT_EQ(*Apply(), kSchemaVersion + 1);
  EXPECT_EQ(database_.Ask("SELECT n FROM next_one"), "7");
  EXPECT_EQ(*Apply(), kSchemaVersion + 1);
  EXPECT_TRUE(CheckSchema(database_.pool()).ok());  // newer than we know
}

TEST_F(PostgresMigrationsTest, AFileThatChangedIsRefused) {
  CopyReal();
  std::ofstream(folder_ / "0001_orders.sql", std::ios::app) << "-- changed\n";
  EXPECT_EQ(Apply().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(PostgresMigrationsTest, AFileThatFailsChangesNothing) {
  CopyReal();
  Write(absl::StrCat("000", kSchemaVersion + 1, "_bad.sql"),
        "CREATE TABLE half_done (n integer); SELECT no_such_function();");
  const auto version = Apply();
  EXPECT_EQ(version.status().code(), absl::StatusCode::kInternal);
  EXPECT_NE(version.status().message().find("_bad.sql"), std::string::npos);
  EXPECT_EQ(database_.Ask("SELECT to_regclass('half_done')"), "");
  EXPECT_EQ(*SchemaVersion(database_.pool()), kSchemaVersion);
}

TEST_F(PostgresMigrationsTest, AGapInTheNumbersIsRefused) {
  CopyReal();
  Write("0099_far.sql", "SELECT 1");
  EXPECT_FALSE(Apply().ok());
}

TEST_F(PostgresMigrationsTest, AnEmptyDatabaseIsToldApart) {
  database_.Ask("DROP TABLE schema_migrations");
  EXPECT_EQ(*SchemaVersion(database_.pool()), 0);
  EXPECT_EQ(CheckSchema(database_.pool()).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(PostgresMigrationsTest, MigratorsThatStartTogetherWaitForEachOther) {
  CopyReal();
  Write(absl::StrCat("000", kSchemaVersion + 1, "_slow.sql"),
        "SELECT pg_sleep(0.3); CREATE TABLE only_once (n integer);");
  std::vector<std::thread> threads;
  std::atomic<int> ok{0};
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { ok += Apply().ok(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ok, 4);
}

}  // namespace
}  // namespace starlift::postgres
