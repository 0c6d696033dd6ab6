#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pqxx {
class result;
class row;
class transaction_base;
}  // namespace pqxx

namespace starlift::postgres {

// One SQL statement, prepared on each connection when that connection first needs it. "{order}" in
// the text stands for the columns of OrderFromRow, "{transfer}" and "{invoice}" for those of their
// rows,
// "{outbox}" for the rows that every change of an order writes (order_change.cc).
struct Statement {
  absl::string_view name;
  absl::string_view sql;
};

// The parameters of a statement, $1 first. Everything travels as text.
class Params {
 public:
  Params& Text(absl::string_view value);
  // NULL for an empty text.
  Params& OptionalText(absl::string_view value);
  // Text that a stranger wrote: what Postgres would refuse (NUL, broken UTF-8) becomes '?'.
  Params& ForeignText(absl::string_view value);
  Params& Integer(int64_t value);
  Params& OptionalInteger(std::optional<int64_t> value);
  Params& Boolean(bool value);
  Params& Bytes(absl::string_view value);
  // InfiniteFuture is NULL. Microseconds; finer parts are cut off.
  Params& Time(absl::Time value);
  // Whole microseconds, for "$n::bigint * interval '1 microsecond'".
  // InfiniteDuration is NULL.
  Params& Micros(absl::Duration value);
  Params& Null();
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

// An array parameter, for unnest: one element a row.
class ArrayText {
 public:
  void Add(absl::string_view element);
  void AddNull();
  std::string text() const;

 private:
  void Separate();
  std::string elements_;
};

std::string TimeText(absl::Time time);
std::string BytesText(absl::string_view bytes);

// Reads a row's columns from left to right.
class RowReader {
 public:
  explicit RowReader(const pqxx::row& row) : row_(row) {}
  bool IsNull() const;  // the next column; does not move on
  std::string Text();   // NULL: empty
  int64_t Integer();    // NULL: 0
  std::optional<int64_t> OptionalInteger();
  bool Boolean();
  std::string Bytes();
  absl::Time Time();  // NULL: InfiniteFuture

 private:
  const pqxx::row& row_;
  int column_ = 0;
};

// What a borrower of a connection works with. Throws what libpqxx throws; Pool turns that into a
// status.
class Transaction {
 public:
  Transaction(pqxx::transaction_base& transaction, std::set<std::string>& prepared)
      : transaction_(transaction), prepared_(prepared) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  pqxx::result Run(const Statement& statement, const Params& params = {});

 private:
  pqxx::transaction_base& transaction_;
  std::set<std::string>& prepared_;
};

}  // namespace starlift::postgres
