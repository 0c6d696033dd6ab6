#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "adapters/postgres/statement.h"

namespace starlift::postgres {

struct PoolOptions {
  std::string url;  // postgresql://… or libpq's key=value form
  int size = 8;     // connections at most
  absl::Duration connect_timeout = absl::Seconds(3);
  absl::Duration statement_timeout = absl::Seconds(10);
  absl::Duration lock_timeout = absl::Seconds(2);
  absl::Duration borrow_timeout = absl::Seconds(5);  // wait for a free connection at most
};

// Connections to one database. Each is opened when first needed, lent to one borrower at a time,
// looked at before it is lent again, and dropped when anything about it is doubtful. Safe from many
// threads.
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  using Body = absl::FunctionRef<absl::Status(Transaction&)>;
  // Runs `body` in one transaction, at READ COMMITTED; commits when it returns OK, else rolls back
  // and returns its status. Errors of the database: error.h. Nothing is repeated.
  absl::Status InTransaction(Body body);
  // The same without a transaction around it: each statement commits by itself. For a body of one
  // statement, this saves two round trips.
  absl::Status Autocommit(Body body);
  // How many connections were opened so far. Whoever sees it grow may be talking to another server
  // than before.
  int64_t opened() const;

 private:
  struct Connection;
  class Loan;
  absl::Status Borrow(std::unique_ptr<Connection>* connection);
  absl::Status Open(std::unique_ptr<Connection>* connection) const;
  void GiveBack(std::unique_ptr<Connection> connection);

  const PoolOptions options_;
  struct Shelf;
  std::unique_ptr<Shelf> shelf_;
};

}  // namespace starlift::postgres
