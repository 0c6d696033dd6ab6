#include "adapters/postgres/pool.h"

#include <poll.h>

#include <condition_variable>
#include <mutex>
#include <pqxx/pqxx>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/postgres/error.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// Appends what the operator did not say: how long to wait for a server that does not answer, and
// how long for one that falls silent in the middle.
std::string WithTimeouts(const std::string& url, absl::Duration connect_timeout) {
  const bool uri = absl::StrContains(url, "://");
  std::string full = url;
  const auto add = [&](absl::string_view key, int64_t value) {
    if (absl::StrContains(full, key)) return;
    const absl::string_view separator = !uri ? " " : absl::StrContains(full, "?") ? "&" : "?";
    absl::StrAppend(&full, separator, key, "=", value);
  };
  add("connect_timeout", std::max<int64_t>(1, absl::ToInt64Seconds(connect_timeout)));
  add("tcp_user_timeout", 15'000);
  add("keepalives_idle", 30);
  return full;
}

}  // namespace

struct Pool::Connection {
  explicit Connection(const std::string& url) : link(url), quiet(link) {}

  // A connection that lies idle has nothing to read. When it has, the server has closed it or wants
  // to say that it will.
  bool Stale() const {
    pollfd readable{link.sock(), POLLIN, 0};
    return !link.is_open() || poll(&readable, 1, 0) != 0;
  }

  pqxx::connection link;
  pqxx::quiet_errorhandler quiet;  // errors reach the log through error.cc
  std::set<std::string> prepared;
};

struct Pool::Shelf {
  std::mutex mutex;
  std::condition_variable returned;
  std::vector<std::unique_ptr<Connection>> idle;  // the last one was used last
  int lent = 0;
  int64_t opened = 0;
};

// Holds a connection for as long as a body runs.
class Pool::Loan {
 public:
  explicit Loan(Pool* pool) : pool_(pool), status_(pool->Borrow(&connection_)) {}
  ~Loan() {
    if (status_.ok()) pool_->GiveBack(std::move(connection_));
  }
  const absl::Status& status() const { return status_; }
  Connection& connection() { return *connection_; }
  // The connection must not be lent again.
  void Drop() { connection_.reset(); }

 private:
  Pool* const pool_;
  std::unique_ptr<Connection> connection_;
  absl::Status status_;
};

Pool::Pool(PoolOptions options) : options_(std::move(options)), shelf_(std::make_unique<Shelf>()) {}

Pool::~Pool() = default;

absl::Status Pool::Open(std::unique_ptr<Connection>* connection) const {
  try {
    auto opened =
        std::make_unique<Connection>(WithTimeouts(options_.url, options_.connect_timeout));
    // A connection that comes back by itself would have lost these settings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    opened->link.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    // Terse errors: details may quote whole rows.
    opened->link.set_verbosity(pqxx::connection_base::terse);
    pqxx::nontransaction settings(opened->link);
    settings.exec(absl::StrCat(
        "SET statement_timeout = ", absl::ToInt64Milliseconds(options_.statement_timeout),
        "; SET lock_timeout = ", absl::ToInt64Milliseconds(options_.lock_timeout),
        "; SET idle_in_transaction_session_timeout = 30000",
        "; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET bytea_output = 'hex'"));
    *connection = std::move(opened);
    return absl::OkStatus();
  } catch (...) {
    return DescribeOpening(std::current_exception());
  }
}

absl::Status Pool::Borrow(std::unique_ptr<Connection>* connection) {
  {
    std::unique_lock<std::mutex> lock(shelf_->mutex);
    const bool free =
        shelf_->returned.wait_for(lock, absl::ToChronoMilliseconds(options_.borrow_timeout),
                                  [this] { return shelf_->lent < options_.size; });
    if (!free) return Fail(Reason::kStorageUnavailable, "Every database connection is in use.");
    ++shelf_->lent;
    while (!shelf_->idle.empty()) {
      *connection = std::move(shelf_->idle.back());
      shelf_->idle.pop_back();
      if (!(*connection)->Stale()) return absl::OkStatus();
      connection->reset();
    }
  }
  absl::Status opened = Open(connection);
  if (!opened.ok()) {
    GiveBack(nullptr);
    return opened;
  }
  const std::lock_guard<std::mutex> lock(shelf_->mutex);
  ++shelf_->opened;
  return opened;
}

int64_t Pool::opened() const {
  const std::lock_guard<std::mutex> lock(shelf_->mutex);
  return shelf_->opened;
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  {
    std::lock_guard<std::mutex> lock(shelf_->mutex);
    --shelf_->lent;
    if (connection != nullptr) shelf_->idle.push_back(std::move(connection));
  }
  shelf_->returned.notify_one();
}

absl::Status Pool::InTransaction(Body body) {
  Loan loan(this);
  RETURN_IF_ERROR(loan.status());
  Phase phase = Phase::kWorking;
  try {
    pqxx::work work(loan.connection().link);
    Transaction transaction(work, loan.connection().prepared);
    RETURN_IF_ERROR(body(transaction));
    phase = Phase::kCommitting;
    work.commit();
    return absl::OkStatus();
  } catch (...) {
    const Failure failure = DescribeFailure(std::current_exception(), phase);
    if (!failure.connection_usable) loan.Drop();
    return failure.status;
  }
}

absl::Status Pool::Autocommit(Body body) {
  Loan loan(this);
  RETURN_IF_ERROR(loan.status());
  try {
    pqxx::nontransaction single(loan.connection().link);
    Transaction transaction(single, loan.connection().prepared);
    return body(transaction);
  } catch (...) {
    const Failure failure = DescribeFailure(std::current_exception(), Phase::kWorking);
    if (!failure.connection_usable) loan.Drop();
    return failure.status;
  }
}

}  // namespace starlift::postgres
