#include "services/worker/app_commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/migrations.h"
#include "adapters/vault/sealer.h"
#include "base/status_macros.h"

namespace starlift {
namespace {

// Never over an existing file, and never readable by more than `mode`, not even for a moment.
bool WriteNewFile(const std::string& path, absl::string_view text, int mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return false;
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return close(file) == 0 && written;
}

std::string BesideTheProgram(absl::string_view name) {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof(path));
  const absl::string_view program(path, size > 0 ? static_cast<size_t>(size) : 0);
  const size_t slash = program.rfind('/');
  if (slash == absl::string_view::npos) return std::string(name);
  return absl::StrCat(program.substr(0, slash + 1), name);
}

}  // namespace

int MakeKeyPairFiles(const std::string& path) {
  const vault::KeyPair pair = vault::MakeKeyPair();
  if (!WriteNewFile(path, pair.private_key_hex.RevealString(), 0600) ||
      !WriteNewFile(absl::StrCat(path, ".pub"), absl::StrCat(pair.public_key_hex, "\n"), 0644)) {
    std::fprintf(stderr, "%s or %s.pub cannot be written, or exists\n", path.c_str(), path.c_str());
    return 1;
  }
  std::printf("key_id=%s\n", pair.key_id.c_str());
  return 0;
}

absl::Status MigrateWitness(const WorkerConfig& config) {
  if (config.witness.url.empty()) return absl::InvalidArgumentError("witness.url: must be given");
  const std::string& given = config.witness.migrations_directory;
  ASSIGN_OR_RETURN(
      const int version,
      postgres::Migrate(config.witness.url,
                        given.empty() ? BesideTheProgram("migrations/witness") : given));
  std::printf("witness_schema=%d\n", version);
  return absl::OkStatus();
}

}  // namespace starlift
