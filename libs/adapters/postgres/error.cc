#include "adapters/postgres/error.h"

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/log.h"

namespace starlift::postgres {
namespace {

constexpr absl::string_view kUnavailableText = "The database cannot be reached now.";

absl::Status Unavailable() { return Fail(Reason::kStorageUnavailable, kUnavailableText); }

absl::Status Doubtful() {
  const absl::Status reasoned =
      Fail(Reason::kStorageUnavailable, "The commit's fate is not known.", {{"in_doubt", "1"}});
  absl::Status status(absl::StatusCode::kUnknown, reasoned.message());
  reasoned.ForEachPayload([&status](absl::string_view url, const absl::Cord& payload) {
    status.SetPayload(url, payload);
  });
  return status;
}

Failure Lost(Phase phase) {
  return {phase == Phase::kCommitting ? Doubtful() : Unavailable(), false};
}

// The name in a message such as: duplicate key value violates unique constraint "invoices_pkey".
// libpqxx does not hand out the field that holds it.
std::string ConstraintIn(absl::string_view message) {
  const size_t at = message.find("constraint \"");
  if (at == absl::string_view::npos) return "";
  message.remove_prefix(at + 12);
  return std::string(message.substr(0, message.find('"')));
}

Failure Describe(const pqxx::sql_error& error, Phase phase) {
  const absl::string_view code = error.sqlstate();
  Log(LogLevel::kWarn, "a database statement failed",
      {{"sqlstate", code}, {"error", absl::string_view(error.what())}});
  // 08 connection, 57P admin shutdown and crash, and an empty code: the socket broke.
  if (code.empty() || absl::StartsWith(code, "08") || absl::StartsWith(code, "57P")) {
    return Lost(phase);
  }
  // 53 out of resources, 57014 statement timeout, 25006 read-only, 58 system error. The server
  // answered, so nothing was committed.
  if (absl::StartsWith(code, "53") || absl::StartsWith(code, "58") || code == "57014" ||
      code == "25006" || code == "25P03") {
    return {Unavailable(), code == "57014"};
  }
  if (code == "55P03" || absl::StartsWith(code, "40")) {
    return {Fail(Reason::kConcurrentRequest, "Another request holds the same rows."), true};
  }
  return {Fail(Reason::kInternal, "The database refused a statement.",
               {{"constraint", ConstraintIn(error.what())}}),
          true};
}

// A word of ours for what libpq said. It hands out no code for a failed opening.
absl::string_view CauseIn(absl::string_view message) {
  constexpr std::pair<absl::string_view, absl::string_view> kCauses[] = {
      {"Connection refused", "refused"},
      {"No such file or directory", "no_socket"},
      {"could not translate host name", "unknown_host"},
      {"timeout expired", "timeout"},
      {"timed out", "timeout"},
      {"unreachable", "unreachable"},
      {"authentication", "authentication"},
      {"no password supplied", "authentication"},
      {"pg_hba.conf", "authentication"},
      {"certificate", "tls"},
      {"SSL", "tls"},
      {"too many clients", "too_many_connections"},
      {"remaining connection slots", "too_many_connections"},
      {"starting up", "starting_up"},
      {"shutting down", "shutting_down"},
      {"does not exist", "no_such_database_or_role"},
  };
  for (const auto& [text, cause] : kCauses) {
    if (absl::StrContains(message, text)) return cause;
  }
  return "other";
}

}  // namespace

absl::Status DescribeOpening(std::exception_ptr exception) {
  absl::string_view cause = "other";
  std::string code;
  try {
    std::rethrow_exception(exception);
  } catch (const pqxx::sql_error& error) {
    code = error.sqlstate();
  } catch (const std::exception& error) {
    cause = CauseIn(error.what());
  } catch (...) {
  }
  Log(LogLevel::kWarn, "a database connection could not be opened",
      {{"cause", cause}, {"sqlstate", code}});
  return Unavailable();
}

Failure DescribeFailure(std::exception_ptr exception, Phase phase) {
  try {
    std::rethrow_exception(exception);
  } catch (const pqxx::in_doubt_error&) {
    Log(LogLevel::kWarn, "a commit's fate is not known");
    return Lost(Phase::kCommitting);
  } catch (const pqxx::broken_connection& error) {
    Log(LogLevel::kWarn, "a database connection broke", {{"error", error.what()}});
    return Lost(phase);
  } catch (const pqxx::deadlock_detected&) {
    return {Fail(Reason::kConcurrentRequest, "Another request holds the same rows."), true};
  } catch (const pqxx::statement_completion_unknown&) {
    return Lost(Phase::kCommitting);
  } catch (const pqxx::transaction_rollback&) {
    return {Fail(Reason::kConcurrentRequest, "Another request holds the same rows."), true};
  } catch (const pqxx::sql_error& error) {
    return Describe(error, phase);
  } catch (const std::exception& error) {
    Log(LogLevel::kError, "a database call failed", {{"error", error.what()}});
    return {phase == Phase::kCommitting ? Doubtful()
                                        : Fail(Reason::kInternal, "A database call failed."),
            false};
  }
}

bool InDoubt(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnknown &&
         ReasonOf(status) == Reason::kStorageUnavailable;
}

absl::Status SafeToRepeat(const absl::Status& status) {
  return InDoubt(status) ? Unavailable() : status;
}

bool Violates(const absl::Status& status, absl::string_view constraint) {
  for (const auto& [name, value] : MetadataOf(status)) {
    if (name == "constraint" && value == constraint) return true;
  }
  return false;
}

absl::Status TooLate() {
  return Fail(Reason::kConcurrentRequest, "Somebody else moved on with this meanwhile.");
}

}  // namespace starlift::postgres
