#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/postgres/pool.h"

namespace starlift::postgres {

// The newest migrations that this build was written for: of the main database (migrations/) and of
// the witness log's (migrations/witness/).
inline constexpr int kSchemaVersion = 2;
inline constexpr int kWitnessSchemaVersion = 1;

// Applies every file `NNNN_what.sql` that lies in `directory` itself (not below it) and that the
// database does not have yet, in order, each in one transaction, under a lock that lets one
// migrator work at a time. Forward only. Returns the version reached. FAILED_PRECONDITION when a
// file that was applied has changed since, or when one is missing in the row of numbers; INTERNAL
// with the file's name when one fails (it then changed nothing).
absl::StatusOr<int> Migrate(const std::string& url, const std::string& directory);

// 0: never migrated.
absl::StatusOr<int> SchemaVersion(Pool& pool);

// FAILED_PRECONDITION when the database is older than this build, or when it commits without
// waiting for its disk (synchronous_commit = off): what is committed before it is sent must be
// there after a crash. Newer is fine: a migration never takes away what the version before it
// needs.
absl::Status CheckSchema(Pool& pool);

// The same for the witness log's database. Also FAILED_PRECONDITION when the URL leads to another
// kind of database.
absl::Status CheckWitnessSchema(Pool& pool);

}  // namespace starlift::postgres
