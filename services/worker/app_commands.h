#pragma once

#include <string>

#include "absl/status/status.h"
#include "adapters/config/worker_config.h"

namespace starlift {

// Writes a new key pair: PATH with the private key (64 hex characters, mode 0600, never over an
// existing file) and PATH.pub with the public one; prints key_id=…. 0, or 1 when a file cannot be
// written.
int MakeKeyPairFiles(const std::string& path);

// Brings the witness log's own database to the newest schema, and prints witness_schema=N.
absl::Status MigrateWitness(const WorkerConfig& config);

}  // namespace starlift
