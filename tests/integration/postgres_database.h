#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <pqxx/pqxx>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/migrations.h"
#include "adapters/postgres/pool.h"
#include "base/clock.h"

namespace starlift {

inline std::string TestDatabaseUrl() { return std::getenv("STARLIFT_TEST_DATABASE_URL"); }

// `url` with another database in it: postgresql://user@host:port/NAME?…
inline std::string WithDatabase(const std::string& url, const std::string& name) {
  const size_t host = url.find("://") + 3;
  const size_t slash = url.find('/', host);
  const size_t query = url.find('?', host);
  const std::string base = url.substr(0, std::min(slash, query));
  return absl::StrCat(base, "/", name, query == std::string::npos ? "" : url.substr(query));
}

// A fresh, migrated database, dropped at the end. `migrations`: a folder of the sources.
class TestDatabase {
 public:
  explicit TestDatabase(const std::string& migrations = "migrations") {
    static std::atomic<int> count{0};
    name_ = absl::StrCat("starlift_test_", getpid(), "_", ++count);
    Maintain("CREATE DATABASE " + name_);
    url_ = WithDatabase(TestDatabaseUrl(), name_);
    const auto version =
        postgres::Migrate(url_, absl::StrCat(STARLIFT_SOURCE_DIR, "/", migrations));
    if (!version.ok()) ADD_FAILURE() << version.status();
    pool_ = std::make_unique<postgres::Pool>(postgres::PoolOptions{url_});
  }
  ~TestDatabase() {
    pool_.reset();
    Maintain("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  }

  const std::string& name() const { return name_; }
  const std::string& url() const { return url_; }
  postgres::Pool& pool() { return *pool_; }

  // The first column of the first row, as text.
  std::string Ask(const std::string& sql) {
    pqxx::connection connection(url_);
    pqxx::nontransaction tx(connection);
    const pqxx::result rows = tx.exec(sql);
    return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
  }
  // The message of the error that the statement ends with; empty: it worked.
  std::string Refusal(const std::string& sql) {
    pqxx::connection connection(url_);
    try {
      pqxx::work tx(connection);
      tx.exec(sql);
      tx.commit();
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  }

 private:
  static void Maintain(const std::string& sql) {
    pqxx::connection connection(TestDatabaseUrl());
    pqxx::nontransaction tx(connection);
    tx.exec(sql);
  }

  std::string name_;
  std::string url_;
  std::unique_ptr<postgres::Pool> pool_;
};

}  // namespace starlift
