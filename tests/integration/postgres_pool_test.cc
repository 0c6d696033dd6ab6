#include "adapters/postgres/pool.h"

#include <chrono>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/postgres/error.h"
#include "base/error.h"
#include "integration/postgres_database.h"

namespace starlift::postgres {
namespace {

constexpr Statement kOne{"test_one", "SELECT 1"};
constexpr Statement kSleep{"test_sleep", "SELECT pg_sleep(5)"};
constexpr Statement kPid{"test_pid", "SELECT pg_backend_pid()"};
constexpr Statement kEndMyself{"test_end_myself", "SELECT pg_terminate_backend(pg_backend_pid())"};

class PostgresPoolTest : public testing::Test {
 protected:
  static TestDatabase& database() {
    static TestDatabase shared;
    return shared;
  }

  static absl::Status Run(Pool& pool, const Statement& statement, std::string* answer = nullptr) {
    return pool.Autocommit([&](Transaction& tx) {
      const pqxx::result rows = tx.Run(statement);
      if (answer != nullptr) *answer = rows[0][0].c_str();
      return absl::OkStatus();
    });
  }

  static PoolOptions Options(int size) {
    PoolOptions options{database().url()};
    options.size = size;
    options.borrow_timeout = absl::Milliseconds(200);
    options.statement_timeout = absl::Milliseconds(300);
    options.lock_timeout = absl::Milliseconds(100);
    return options;
  }
};

TEST_F(PostgresPoolTest, LendsAConnectionAgain) {
  Pool pool(Options(2));
  std::string first, second;
  ASSERT_TRUE(Run(pool, kPid, &first).ok());
  ASSERT_TRUE(Run(pool, kPid, &second).ok());
  EXPECT_EQ(first, second);
}

TEST_F(PostgresPoolTest, WaitsForAFreeConnectionNotForEver) {
  Pool pool(Options(1));
  absl::Status inner;
  const absl::Status outer = pool.Autocommit([&](Transaction&) {
    inner = Run(pool, kOne);
    return absl::OkStatus();
  });
  EXPECT_TRUE(outer.ok());
  EXPECT_EQ(ReasonOf(inner), Reason::kStorageUnavailable);
  EXPECT_EQ(inner.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Run(pool, kOne).ok());
}

TEST_F(PostgresPoolTest, ABrokenConnectionIsUnavailableAndDropped) {
  Pool pool(Options(1));
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = Run(pool, kEndMyself);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_EQ(ReasonOf(status), Reason::kStorageUnavailable);
    EXPECT_TRUE(Run(pool, kOne).ok());
  }
}

TEST_F(PostgresPoolTest, AConnectionThatDiedWhileIdleCostsNobodyAnError) {
  Pool pool(Options(1));
  std::string pid;
  ASSERT_TRUE(Run(pool, kPid, &pid).ok());
  database().Ask("SELECT pg_terminate_backend(" + pid + ")");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(Run(pool, kOne).ok());
}

TEST_F(PostgresPoolTest, AServerThatIsNotThereIsUnavailable) {
  PoolOptions options = Options(1);
  options.url = "postgresql://nobody@127.0.0.1:1/none";
  Pool pool(options);
  EXPECT_EQ(Run(pool, kOne).code(), absl::StatusCode::kUnavailable);
}

TEST_F(PostgresPoolTest, AStatementThatTakesTooLongIsUnavailable) {
  Pool pool(Options(1));
  EXPECT_EQ(Run(pool, kSleep).code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Run(pool, kOne).ok());
}

TEST_F(PostgresPoolTest, ALockThatSomebodyHoldsIsAborted) {
  constexpr Statement lock{"test_lock", "LOCK TABLE price_table IN ACCESS EXCLUSIVE MODE"};
  Pool pool(Options(2));
  absl::Status inner;
  const absl::Status outer = pool.InTransaction([&](Transaction& tx) {
    tx.Run(lock);
    inner = pool.InTransaction([&](Transaction& other) {
      other.Run(lock);
      return absl::OkStatus();
    });
    return absl::OkStatus();
  });
  EXPECT_TRUE(outer.ok()) << outer;
  EXPECT_EQ(inner.code(), absl::StatusCode::kAborted);
}

TEST_F(PostgresPoolTest, ABodyThatFailsLeavesNothing) {
  constexpr Statement insert{
      "test_insert",
      "INSERT INTO price_table (packages, usd_per_ton, quoted_at) VALUES ('[]', '1', now())"};
  Pool pool(Options(1));
  EXPECT_EQ(pool.InTransaction([&](Transaction& tx) {
                  tx.Run(insert);
                  return TooLate();
                })
                .code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(database().Ask("SELECT count(*) FROM price_table"), "0");
}

TEST_F(PostgresPoolTest, AViolatedConstraintIsNamedAndNothingElseIsTold) {
  constexpr Statement bad{"test_bad",
                          "INSERT INTO tenants (id, name, webhook_secret, webhook_key_id) "
                          "VALUES ('t', 'n', '', 'k'), ('t', 'secret text', '', 'k')"};
  Pool pool(Options(1));
  const absl::Status status = Run(pool, bad);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(Violates(status, "tenants_pkey"));
  EXPECT_EQ(status.message().find("secret text"), std::string::npos);
  EXPECT_EQ(status.message().find("INSERT"), std::string::npos);
}

// A trigger that runs at COMMIT ends its own connection: the client cannot know what came of it.
TEST_F(PostgresPoolTest, AConnectionThatBreaksAtCommitIsInDoubt) {
  constexpr Statement touch{"test_touch", "INSERT INTO commit_breaker VALUES (1)"};
  database().Ask(R"(
    CREATE TABLE commit_breaker (n integer);
    CREATE FUNCTION break_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER breaks AFTER INSERT ON commit_breaker
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION break_commit())");
  Pool pool(Options(1));
  const absl::Status status = pool.InTransaction([&](Transaction& tx) {
    tx.Run(touch);
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown) << status;
  EXPECT_TRUE(InDoubt(status));
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"in_doubt", "1"}}));
  EXPECT_EQ(SafeToRepeat(status).code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Run(pool, kOne).ok());
}

TEST_F(PostgresPoolTest, AConnectionThatCannotBeOpenedTellsNobodyThePassword) {
  for (const char* url :
       {"postgresql://user:hunter2%ZZ@127.0.0.1/n", "postgresql://user:hunter2@127.0.0.1:1/n",
        "host=127.0.0.1 port=1 password='hunter2", "postgresql://user@127.0.0.1/hunter2?hunter2=1",
        "postgresql://nobody:hunter2@nowhere.invalid/n"}) {
    Pool pool(PoolOptions{url});
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const absl::Status status = Run(pool, kOne);
    const absl::Status migrated =
        Migrate(url, absl::StrCat(STARLIFT_SOURCE_DIR, "/migrations")).status();
    const std::string told =
        absl::StrCat(testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr(),
                     status.ToString(), migrated.ToString());
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << url;
    EXPECT_EQ(ReasonOf(migrated), Reason::kStorageUnavailable) << url;
    EXPECT_NE(told.find("could not be opened"), std::string::npos) << told;
    EXPECT_EQ(told.find("hunter2"), std::string::npos) << told;
  }
}

TEST_F(PostgresPoolTest, ManyThreadsShareFewConnections) {
  PoolOptions options = Options(3);
  options.borrow_timeout = absl::Seconds(20);
  Pool pool(options);
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) failures += !Run(pool, kOne).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace starlift::postgres
