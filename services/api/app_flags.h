#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace starlift {

// What the command line asks for.
struct ApiFlags {
  enum class Command { kServe, kCheckConfig, kMigrate, kCreateKey, kVersion, kHelp };
  Command command = Command::kServe;
  std::string config;    // --config PATH; needed by all but --version and --help
  std::string key_name;  // --create-key NAME
};

// INVALID_ARGUMENT with what is wrong.
absl::StatusOr<ApiFlags> ParseApiFlags(int argc, char** argv);

extern const char kApiUsage[];

}  // namespace starlift
