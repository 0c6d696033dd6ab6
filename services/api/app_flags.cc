#include "services/api/app_flags.h"

#include "absl/strings/str_cat.h"

namespace starlift {

const char kApiUsage[] =
    "usage: starlift-api --config FILE [COMMAND]\n"
    "  (no command)       serves until SIGTERM\n"
    "  --check-config     reads the configuration and says what is wrong with it\n"
    "  --migrate          brings the database to this version's schema\n"
    "  --create-key NAME  makes a tenant and prints its id, API key and webhook secret, once\n"
    "  --version          prints the version\n";

absl::StatusOr<ApiFlags> ParseApiFlags(int argc, char** argv) {
  using Command = ApiFlags::Command;
  ApiFlags flags;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = [&](std::string* target) {
      if (i + 1 >= argc) return absl::InvalidArgumentError(argument + " needs a value");
      *target = argv[++i];
      return absl::OkStatus();
    };
    absl::Status status;
    if (argument == "--config") {
      status = value(&flags.config);
    } else if (argument == "--create-key") {
      flags.command = Command::kCreateKey;
      status = value(&flags.key_name);
    } else if (argument == "--check-config") {
      flags.command = Command::kCheckConfig;
    } else if (argument == "--migrate") {
      flags.command = Command::kMigrate;
    } else if (argument == "--version") {
      flags.command = Command::kVersion;
    } else if (argument == "--help") {
      flags.command = Command::kHelp;
    } else {
      status = absl::InvalidArgumentError(absl::StrCat("unknown argument ", argument));
    }
    if (!status.ok()) return status;
  }
  const bool needs_config = flags.command != Command::kVersion && flags.command != Command::kHelp;
  if (needs_config && flags.config.empty()) {
    return absl::InvalidArgumentError("--config FILE is required");
  }
  return flags;
}

}  // namespace starlift
