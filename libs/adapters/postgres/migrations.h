#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/postgres/pool.h"

namespace starlift::postgres {

// The newest migration that this build was written for.
inline constexpr int kSchemaVersion = 1;

// Applies every file `NNNN_what.sql` of `directory` that the database does not have yet, in order,
// each in one transaction, under a lock that lets one migrator work at a time. Forward only.
// Returns the version reached. FAILED_PRECONDITION when a file that was applied has changed since,
// or when one is missing in the row of numbers; INTERNAL with the file's name when one fails (it
// then changed nothing).
absl::StatusOr<int> Migrate(const std::string& url, const std::string& directory);

// 0: never migrated.
absl::StatusOr<int> SchemaVersion(Pool& pool);

// FAILED_PRECONDITION when the database is older than this build. Newer is fine: a migration never
// takes away what the version before it needs.
absl::Status CheckSchema(Pool& pool);

}  // namespace starlift::postgres
