#include "adapters/postgres/statement_columns.h"

#include "absl/strings/str_cat.h"

namespace starlift::postgres {

Columns& Columns::Text(absl::string_view value) {
  columns_.at(next_++).Add(value);
  return *this;
}

Columns& Columns::OptionalText(absl::string_view value) {
  if (!value.empty()) return Text(value);
  columns_.at(next_++).AddNull();
  return *this;
}

Columns& Columns::ForeignText(absl::string_view value) {
  return Text(*Params().ForeignText(value).values().front());
}

Columns& Columns::Integer(int64_t value) { return Text(absl::StrCat(value)); }

Columns& Columns::Time(absl::Time value) {
  return value == absl::InfiniteFuture() ? OptionalText("") : Text(TimeText(value));
}

void Columns::AppendTo(Params* params) const {
  for (const ArrayText& column : columns_) params->Text(column.text());
}

}  // namespace starlift::postgres
