#include <cstdio>
#include <string>

#include "adapters/process/hardening.h"
#include "base/log.h"
#include "services/api/app.h"
#include "services/api/app_commands.h"
#include "services/api/app_flags.h"
#include "services/api/app_settings.h"

namespace starlift {
namespace {

absl::Status Run(const ApiFlags& flags) {
  using Command = ApiFlags::Command;
  if (flags.command == Command::kHelp) return std::fputs(kApiUsage, stdout), absl::OkStatus();
  if (flags.command == Command::kVersion) {
    return std::puts("starlift-api " STARLIFT_VERSION), absl::OkStatus();
  }
  const absl::StatusOr<ApiConfig> config = ReadApiConfig(flags.config, ProcessEnvironment());
  if (!config.ok()) return config.status();
  if (flags.command == Command::kCheckConfig) return CheckKeyFiles(*config);
  StartLogging("starlift-api", config->log.level);
  if (flags.command == Command::kMigrate) return MigrateDatabase(*config);
  if (flags.command == Command::kCreateKey) return CreateKey(*config, flags.key_name);
  return ServeApi(*config);
}

}  // namespace
}  // namespace starlift

int main(int argc, char** argv) {
  starlift::HardenProcess();
  const absl::StatusOr<starlift::ApiFlags> flags = starlift::ParseApiFlags(argc, argv);
  const absl::Status status = flags.ok() ? starlift::Run(*flags) : flags.status();
  if (status.ok()) return 0;
  std::fprintf(stderr, "starlift-api: %s\n", std::string(status.message()).c_str());
  return flags.ok() ? 1 : 2;
}
