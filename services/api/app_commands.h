#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/config/api_config.h"

namespace starlift {

// Applies the migrations that the database lacks; prints the version reached.
absl::Status MigrateDatabase(const ApiConfig& config);

// Makes a tenant with its first API key and its webhook secret, and prints each once:
//   tenant=…
//   api_key=…
//   webhook_secret=whsec_…
absl::Status CreateKey(const ApiConfig& config, const std::string& name);

}  // namespace starlift
