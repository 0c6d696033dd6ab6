#pragma once

#include <exception>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace starlift::postgres {

// When the exception came: a connection that breaks before COMMIT was sent changed nothing; one
// that breaks after leaves the commit's fate open.
enum class Phase { kWorking, kCommitting };

// What an exception of libpqxx means, and whether its connection may be lent again. What the
// database said goes to the log; the status holds nothing of it but the name of a violated
// constraint (metadata `constraint`).
//   connection lost, shutdown, timeout, out of resources  UNAVAILABLE STORAGE_UNAVAILABLE
//   the same while committing                             UNKNOWN STORAGE_UNAVAILABLE, metadata
//   in_doubt=1 deadlock, lock timeout, serialization                 ABORTED CONCURRENT_REQUEST
//   anything else                                         INTERNAL
struct Failure {
  absl::Status status;
  bool connection_usable = false;
};
Failure DescribeFailure(std::exception_ptr exception, Phase phase);

// What it means that a connection could not be opened: UNAVAILABLE STORAGE_UNAVAILABLE, always. The
// log gets a word of ours for the cause and nothing of libpq's text, which quotes the connection
// URL and with it, perhaps, a password.
absl::Status DescribeOpening(std::exception_ptr exception);

// True for the UNKNOWN of the table above.
bool InDoubt(const absl::Status& status);
// `status` where calling again is safe whatever happened: in doubt becomes UNAVAILABLE.
absl::Status SafeToRepeat(const absl::Status& status);
// True when `status` says that this constraint or unique index was violated.
bool Violates(const absl::Status& status, absl::string_view constraint);

// The row was not as the writer expected: an old fence, another state.
absl::Status TooLate();

}  // namespace starlift::postgres
