#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/postgres/statement.h"

namespace starlift::postgres {

// Array parameters of the same length, for "unnest($1::text[], …)": one array a column, filled row
// by row, from left to right.
class Columns {
 public:
  explicit Columns(size_t count) : columns_(count) {}

  Columns& StartRow() {
    next_ = 0;
    return *this;
  }
  Columns& Text(absl::string_view value);
  // NULL for an empty text.
  Columns& OptionalText(absl::string_view value);
  // As Params::ForeignText.
  Columns& ForeignText(absl::string_view value);
  Columns& Integer(int64_t value);
  // InfiniteFuture is NULL.
  Columns& Time(absl::Time value);
  // One parameter a column.
  void AppendTo(Params* params) const;

 private:
  std::vector<ArrayText> columns_;
  size_t next_ = 0;
};

}  // namespace starlift::postgres
