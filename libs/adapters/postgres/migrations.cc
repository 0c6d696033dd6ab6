#include "adapters/postgres/migrations.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <pqxx/pqxx>
#include <sstream>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/postgres/error.h"
#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// A session lock: migrators that start together wait for each other, one after the other. Short
// lock timeouts: a migration that cannot get its lock gives up before it makes everybody wait
// behind it.
constexpr char kPrepare[] = R"(
SET lock_timeout = '60s'; SET statement_timeout = '120s'; SET client_min_messages = 'warning';
SELECT pg_advisory_lock(7381920034);
SET lock_timeout = '5s';
CREATE TABLE IF NOT EXISTS schema_migrations (
  version     integer PRIMARY KEY,
  name        text NOT NULL,
  checksum    text NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT now()
))";

constexpr Statement kVersion{"schema_version", R"(
SELECT COALESCE(max(version), 0) FROM schema_migrations)"};

constexpr Statement kHasTable{"schema_has_table", "SELECT to_regclass($1) IS NOT NULL"};

constexpr Statement kDurability{"schema_durability", "SHOW synchronous_commit"};

struct Migration {
  int version = 0;
  std::string name;
  std::string sql;
  std::string checksum() const { return DerivedId("", {sql}); }
};

absl::StatusOr<std::vector<Migration>> ReadDirectory(const std::string& directory) {
  std::map<std::string, Migration> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".sql") continue;
    Migration migration;
    migration.name = entry.path().filename().string();
    if (!absl::SimpleAtoi(migration.name.substr(0, 4), &migration.version)) {
      return absl::InvalidArgumentError(absl::StrCat(migration.name, ": no number"));
    }
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return absl::NotFoundError(absl::StrCat(migration.name, ": cannot be read"));
    migration.sql = text.str();
    found[migration.name] = std::move(migration);
  }
  if (error || found.empty()) {
    return absl::NotFoundError(absl::StrCat("no migrations in ", directory));
  }
  std::vector<Migration> migrations;
  for (auto& [name, migration] : found) migrations.push_back(std::move(migration));
  for (size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].version == static_cast<int>(i) + 1) continue;
    return absl::FailedPreconditionError(absl::StrCat(migrations[i].name, " breaks the numbering"));
  }
  return migrations;
}

std::map<int, std::string> Applied(pqxx::connection_base& connection) {
  pqxx::nontransaction tx(connection);
  std::map<int, std::string> applied;
  for (const auto& row : tx.exec("SELECT version, checksum FROM schema_migrations")) {
    applied[row[0].as<int>()] = row[1].as<std::string>();
  }
  return applied;
}

absl::Status Apply(pqxx::connection_base& connection, const Migration& migration) {
  try {
    pqxx::work tx(connection);
    tx.exec(migration.sql);
    tx.exec_params("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                   migration.version, migration.name, migration.checksum());
    tx.commit();
    Log(LogLevel::kInfo, "applied a migration", {{"migration", migration.name}});
    return absl::OkStatus();
  } catch (const pqxx::sql_error& error) {
    return absl::InternalError(absl::StrCat(migration.name, ": ", error.what()));
  }
}

absl::StatusOr<int> ApplyAll(pqxx::connection_base& connection,
                             const std::vector<Migration>& migrations) {
  {
    pqxx::nontransaction tx(connection);
    tx.exec(kPrepare);
  }
  const std::map<int, std::string> applied = Applied(connection);
  int reached = applied.empty() ? 0 : applied.rbegin()->first;
  for (const Migration& migration : migrations) {
    const auto known = applied.find(migration.version);
    if (known == applied.end()) {
      RETURN_IF_ERROR(Apply(connection, migration));
      reached = migration.version;
    } else if (known->second != migration.checksum()) {
      return absl::FailedPreconditionError(
          absl::StrCat(migration.name, " has changed since it was applied"));
    }
  }
  return reached;
}

bool HasTable(Transaction& tx, absl::string_view table) {
  return tx.Run(kHasTable, Params().Text(table)).front()[0].as<bool>();
}

// `table`: one that only this kind of database has. `migrate`: what to run when it is too old.
absl::Status Check(Pool& pool, absl::string_view table, int version, absl::string_view migrate) {
  ASSIGN_OR_RETURN(const int found, SchemaVersion(pool));
  bool right_kind = false;
  std::string durability;
  RETURN_IF_ERROR(pool.Autocommit([&](Transaction& tx) {
    right_kind = HasTable(tx, table);
    durability = tx.Run(kDurability).front()[0].c_str();
    return absl::OkStatus();
  }));
  if (found > 0 && !right_kind) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database has no table ", table, ": its URL leads to another one"));
  }
  if (found < version) {
    return absl::FailedPreconditionError(absl::StrCat("the database has schema version ", found,
                                                      ", this program needs ", version, ": ",
                                                      migrate));
  }
  if (durability == "off") {
    return absl::FailedPreconditionError(
        "the database may forget what it committed: synchronous_commit is off");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> Migrate(const std::string& url, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<Migration> migrations, ReadDirectory(directory));
  std::unique_ptr<pqxx::connection> connection;  // the lock goes with it, whatever happens
  try {
    connection = std::make_unique<pqxx::connection>(url);
  } catch (...) {
    return DescribeOpening(std::current_exception());
  }
  try {
    return ApplyAll(*connection, migrations);
  } catch (...) {
    return DescribeFailure(std::current_exception(), Phase::kWorking).status;
  }
}

absl::StatusOr<int> SchemaVersion(Pool& pool) {
  int version = 0;
  RETURN_IF_ERROR(pool.Autocommit([&](Transaction& tx) {
    if (HasTable(tx, "schema_migrations")) version = tx.Run(kVersion).front()[0].as<int>();
    return absl::OkStatus();
  }));
  return version;
}

absl::Status CheckSchema(Pool& pool) {
  return Check(pool, "orders", kSchemaVersion, "run starlift-api --migrate first");
}

absl::Status CheckWitnessSchema(Pool& pool) {
  return Check(pool, "witnessed_transfers", kWitnessSchemaVersion,
               "run starlift-worker --migrate-witness first");
}

}  // namespace starlift::postgres
