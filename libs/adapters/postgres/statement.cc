#include "adapters/postgres/statement.h"

#include <cstdlib>
#include <pqxx/pqxx>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "adapters/postgres/order_change.h"
#include "adapters/postgres/order_row.h"
#include "adapters/postgres/transfer_row.h"
#include "base/check.h"

namespace starlift::postgres {
namespace {

// The length of the well-formed UTF-8 character at the start of `text`, or 0.
size_t CharacterSize(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  const size_t size = first >= 0xC2 && first < 0xE0   ? 2
                      : first >= 0xE0 && first < 0xF0 ? 3
                      : first >= 0xF0 && first < 0xF5 ? 4
                                                      : 0;
  if (size == 0 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool outside = (first == 0xED && byte(1) >= 0xA0) || (first == 0xF4 && byte(1) >= 0x90);
  return overlong || outside ? 0 : size;
}

std::string Expanded(absl::string_view sql) {
  return absl::StrReplaceAll(sql, {{"{order}", kOrderColumns},
                                   {"{transfer}", kTransferColumns},
                                   {"{invoice}", kInvoiceColumns},
                                   {"{outbox}", kOutbox}});
}

}  // namespace

Params& Params::Text(absl::string_view value) {
  values_.emplace_back(std::string(value));
  return *this;
}

Params& Params::OptionalText(absl::string_view value) {
  return value.empty() ? Null() : Text(value);
}

Params& Params::ForeignText(absl::string_view value) {
  std::string clean;
  while (!value.empty()) {
    const size_t size = CharacterSize(value);
    if (size == 0) {
      clean.push_back('?');
    } else {
      absl::StrAppend(&clean, value.substr(0, size));
    }
    value.remove_prefix(size == 0 ? 1 : size);
  }
  return Text(clean);
}

Params& Params::Integer(int64_t value) { return Text(absl::StrCat(value)); }

Params& Params::OptionalInteger(std::optional<int64_t> value) {
  return value ? Integer(*value) : Null();
}

Params& Params::Boolean(bool value) { return Text(value ? "true" : "false"); }

Params& Params::Bytes(absl::string_view value) { return Text(BytesText(value)); }

Params& Params::Time(absl::Time value) {
  return value == absl::InfiniteFuture() ? Null() : Text(TimeText(value));
}

Params& Params::Micros(absl::Duration value) {
  return value == absl::InfiniteDuration() ? Null() : Integer(absl::ToInt64Microseconds(value));
}

Params& Params::Null() {
  values_.emplace_back();
  return *this;
}

void ArrayText::Separate() {
  if (!elements_.empty()) elements_.push_back(',');
}

void ArrayText::Add(absl::string_view element) {
  Separate();
  elements_.push_back('"');
  for (char c : element) {
    if (c == '"' || c == '\\') elements_.push_back('\\');
    elements_.push_back(c);
  }
  elements_.push_back('"');
}

void ArrayText::AddNull() {
  Separate();
  elements_.append("NULL");
}

std::string ArrayText::text() const { return absl::StrCat("{", elements_, "}"); }

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
}

std::string BytesText(absl::string_view bytes) {
  return absl::StrCat("\\x", absl::BytesToHexString(bytes));
}

bool RowReader::IsNull() const { return row_[column_].is_null(); }

std::string RowReader::Text() {
  const auto field = row_[column_++];
  return std::string(field.c_str(), field.size());
}

int64_t RowReader::Integer() { return std::strtoll(row_[column_++].c_str(), nullptr, 10); }

std::optional<int64_t> RowReader::OptionalInteger() {
  if (IsNull()) {
    ++column_;
    return std::nullopt;
  }
  return Integer();
}

bool RowReader::Boolean() { return row_[column_++].c_str()[0] == 't'; }

std::string RowReader::Bytes() {
  const std::string text = Text();
  return text.size() < 2 ? "" : absl::HexStringToBytes(absl::string_view(text).substr(2));
}

absl::Time RowReader::Time() {
  // Sessions run in UTC (pool.cc), so that every time ends in "+00".
  std::string text = Text();
  if (text.empty()) return absl::InfiniteFuture();
  STARLIFT_CHECK(text.size() > 3 && text.substr(text.size() - 3) == "+00");
  text.resize(text.size() - 3);
  absl::Time time;
  std::string error;
  STARLIFT_CHECK(absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, absl::UTCTimeZone(), &time, &error));
  return time;
}

pqxx::result Transaction::Run(const Statement& statement, const Params& params) {
  const std::string name(statement.name);
  if (prepared_.insert(name).second) transaction_.conn().prepare(name, Expanded(statement.sql));
  std::vector<const char*> values;
  values.reserve(params.values().size());
  for (const auto& value : params.values()) values.push_back(value ? value->c_str() : nullptr);
  return transaction_.exec_prepared(name, pqxx::prepare::make_dynamic_params(values));
}

}  // namespace starlift::postgres
