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

// What a version leaves behind is there after the next one.
class PostgresUpgradeTest : public PostgresMigrationsTest {
 protected:
  PostgresUpgradeTest() {
    database_.Ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    std::filesystem::copy_file(Real("0001_orders.sql"), folder_ / "0001_orders.sql");
    EXPECT_EQ(*Apply(), 1);
  }
  static std::filesystem::path Real(const std::string& name) {
    return std::filesystem::path(STARLIFT_SOURCE_DIR) / "migrations" / name;
  }
  void Do(const std::string& sql) { EXPECT_EQ(database_.Refusal(sql), "") << sql; }

  // An order of the first version, as its programs wrote it.
  void InsertOrder(const std::string& id, const std::string& state) {
    Do(absl::StrCat(
        "INSERT INTO orders (id, tenant_id, request_id, fingerprint, product, quantity, months, "
        "recipient, funding, session_kind, asset, cost, commission, commission_bps, "
        "network_reserve, total, max_total, tolerance_bps, quoted_at, quote_valid_until, "
        "wallet_address, wallet_version, wallet_public_key, session_id, pay_request_id, state, "
        "sequence, created_at, updated_at, expires_at) VALUES ('",
        id, "', 'ten', '", id,
        "', 'f', 'stars', 50, 0, 'durov', 'wallet', 'own', 'TON', 100, 0, 0, 5, 105, 110, 0, "
        "now(), "
        "now(), '0:w', 'v5r1', 'abcd', 'ses', 'p', '",
        state, "', 5, now(), now(), now())"));
  }
};

TEST_F(PostgresUpgradeTest, AFirstVersionWithDataBecomesASecond) {
  Do("INSERT INTO tenants VALUES ('ten', 'n', 's', 'k'); "
     "INSERT INTO sessions (id, kind) VALUES ('ses', 'own'), ('free', 'own')");
  InsertOrder("paying", "PAYING");
  InsertOrder("done", "DELIVERED");
  Do("UPDATE sessions SET open_order = 'paying' WHERE id = 'ses'; "
     "INSERT INTO session_jars VALUES ('ses', 'ten', 'jar', 'k', 3); "
     "INSERT INTO lanes (wallet, wallet_version, next_seqno) VALUES ('0:w', 'v5r1', 4), "
     "('0:none', 'v5r1', NULL)");
  for (const char* id : {"t1", "t2"}) {
    Do(
        absl::StrCat("INSERT INTO transfers (id, wallet, seqno, valid_until, boc, message_hash, "
                     "normalized_hash, "
                     "start_lt, verdict, fence) VALUES ('",
                     id, "', '0:w', 3, now(), 'b', 'm', '", id, "', 0, '",
                     id[1] == '1' ? "DEAD" : "LIVE", "', 1)"));
  }
  Do("WITH t AS (INSERT INTO ledger_transactions (order_id, kind, number) VALUES ('paying', "
     "'hold', 1) "
     "RETURNING id) INSERT INTO ledger_entries SELECT id, v.* FROM t, "
     "(VALUES ('a', 'TON', 5), ('b', 'TON', -5)) v");

  std::filesystem::copy_file(Real("0002_lanes_sessions_witness.sql"),
                             folder_ / "0002_lanes_sessions_witness.sql");
  const auto version = Apply();
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_EQ(*version, kSchemaVersion);
  EXPECT_TRUE(CheckSchema(database_.pool()).ok());
  EXPECT_EQ(
      database_.Ask("SELECT string_agg(order_id || session_id || sole, ',') FROM session_places"),
      "payingsestrue");
  EXPECT_EQ(database_.Ask(
                "SELECT string_agg(wallet || '=' || public_key, ',' ORDER BY wallet) FROM lanes"),
            "0:none=,0:w=abcd");
  EXPECT_EQ(database_.Ask("SELECT string_agg(id || number, ',' ORDER BY number) FROM transfers"),
            "t11,t22");
  EXPECT_EQ(database_.Ask("SELECT count(*) FROM session_jars WHERE jar_version = 3"), "1");
  // Its numbers go on where the rows ended.
  Do("UPDATE transfers SET verdict = 'DEAD'; INSERT INTO transfers (id, wallet, seqno, "
     "valid_until, boc, "
     "message_hash, normalized_hash, start_lt, verdict, fence) SELECT 't3', wallet, 4, now(), boc, "
     "'m', "
     "'t3', 0, 'LIVE', 1 FROM transfers WHERE id = 't2'");
  EXPECT_EQ(database_.Ask("SELECT number FROM transfers WHERE id = 't3'"), "3");
}

TEST_F(PostgresMigrationsTest, TheWitnessLogHasMigrationsOfItsOwn) {
  TestDatabase witness("migrations/witness");
  EXPECT_TRUE(CheckWitnessSchema(witness.pool()).ok());
  EXPECT_EQ(*SchemaVersion(witness.pool()), kWitnessSchemaVersion);
  // One for the other is found out.
  EXPECT_EQ(CheckWitnessSchema(database_.pool()).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CheckSchema(witness.pool()).code(), absl::StatusCode::kFailedPrecondition);
  const std::string directory = absl::StrCat(STARLIFT_SOURCE_DIR, "/migrations/witness");
  EXPECT_EQ(Migrate(database_.url(), directory).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*Migrate(witness.url(), directory), kWitnessSchemaVersion);
}

TEST_F(PostgresMigrationsTest, FoldersBelowAreNotOurs) {
  CopyReal();
  std::filesystem::create_directory(folder_ / "0003_folder.sql");
  std::filesystem::create_directory(folder_ / "below");
  Write("below/0003_other.sql", "SELECT no_such_function();");
  EXPECT_EQ(*Apply(), kSchemaVersion);
}

TEST_F(PostgresMigrationsTest, ADatabaseThatForgetsWhatItCommittedIsRefused) {
  database_.Ask(absl::StrCat("ALTER DATABASE ", database_.name(), " SET synchronous_commit = off"));
  Pool pool({database_.url()});
  const absl::Status refused = CheckSchema(pool);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(refused.message().find("synchronous_commit"), std::string::npos) << refused;
}

}  // namespace
}  // namespace starlift::postgres
