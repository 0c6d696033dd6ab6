#include "services/worker/app_commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "adapters/vault/sealer.h"

namespace starlift {
namespace {

// Never over an existing file, and never readable by more than `mode`, not even for a moment.
bool WriteNewFile(const std::string& path, absl::string_view text, int mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return false;
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return close(file) == 0 && written;
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

}  // namespace starlift
