#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace starlift {

// Logs are JSON, one object a line, on standard error:
//   {"ts":"…","level":"info","program":"starlift-api","message":"…","order":"…","trace":"…", …}
// Values are text or integers; a Secret does not convert to either.

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// One field of a line.
struct LogField {
  LogField(absl::string_view field_name, absl::string_view field_value)
      : name(field_name), text(field_value) {}
  LogField(absl::string_view field_name, const std::string& field_value)
      : name(field_name), text(field_value) {}
  LogField(absl::string_view field_name, const char* field_value)
      : name(field_name), text(field_value) {}
  LogField(absl::string_view field_name, int64_t field_value)
      : name(field_name), number(field_value), is_number(true) {}

  absl::string_view name;
  absl::string_view text;
  int64_t number = 0;
  bool is_number = false;
};

// Called once at the start of main. `level` is "debug", "info", "warn" or "error".
void StartLogging(absl::string_view program, absl::string_view level);

// Writes one line. `message` is a constant sentence; what varies goes into fields, so that lines of
// a kind can be counted.
void Log(LogLevel level, absl::string_view message, std::initializer_list<LogField> fields = {});

}  // namespace starlift
