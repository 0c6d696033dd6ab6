#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/config/key_files.h"
#include "adapters/config/worker_config.h"
#include "domain/order/intake_cookies.h"

namespace starlift {
namespace {

// The mistakes of files, each under the name of its key.
class FileCheck {
 public:
  void Key(absl::string_view name, const std::string& path) { Tell(name, ReadKeyFile(path)); }
  void Password(absl::string_view name, const std::string& path) {
    Tell(name, ReadPasswordFile(path));
  }
  void Wallet(absl::string_view name, const std::string& path) {
    Tell(name, ReadWalletKeyFile(path));
  }
  void Cookies(absl::string_view name, const std::string& path) {
    const absl::StatusOr<Secret> text = ReadCookiesFile(path);
    if (!text.ok()) return Tell(name, text);
    const absl::StatusOr<SessionCookies> cookies = ParseSessionCookies(*text);
    if (!cookies.ok()) Add(name, absl::StrCat(path, ": ", cookies.status().message()));
  }
  // A file that somebody else reads later.
  void Readable(absl::string_view name, const std::string& path) {
    struct stat facts = {};
    if (path.empty()) return;
    if (stat(path.c_str(), &facts) != 0 || access(path.c_str(), R_OK) != 0) {
      Add(name, absl::StrCat(path, ": cannot be read: ", std::strerror(errno)));
    } else if (!S_ISREG(facts.st_mode)) {
      Add(name, absl::StrCat(path, ": is not a regular file"));
    }
  }
  absl::Status Mistakes() const { return ConfigMistakes(mistakes_); }

 private:
  void Tell(absl::string_view name, const absl::StatusOr<Secret>& read) {
    if (!read.ok()) Add(name, read.status().message());
  }
  void Add(absl::string_view name, absl::string_view what) {
    mistakes_.push_back(absl::StrCat(name, ": ", what));
  }

  std::vector<std::string> mistakes_;
};

}  // namespace

absl::Status CheckWorkerFiles(const WorkerConfig& config) {
  FileCheck check;
  if (config.HasRole("purchase")) {
    check.Key("keys.wallet_private_key_file", config.keys.wallet_private_key_file);
    if (!config.house.sessions.empty()) {
      check.Key("keys.identity_file", config.keys.identity_file);
    }
    for (const HouseWalletConfig& wallet : config.house.wallets) {
      check.Wallet(absl::StrCat("house.wallets '", wallet.name, "'.key_file"), wallet.key_file);
    }
    for (const HouseSessionConfig& session : config.house.sessions) {
      check.Cookies(absl::StrCat("house.sessions '", session.name, "'.cookies_file"),
                    session.cookies_file);
    }
  }
  if (config.HasRole("webhook")) {
    check.Key("keys.endpoint_private_key_file", config.keys.endpoint_private_key_file);
  }
  check.Password("redis.password_file", config.redis.password_file);
  for (const std::string& path : config.toncenter.api_key_files) {
    check.Password("toncenter.api_key_files", path);
  }
  if (config.HasRole("quote")) {
    check.Readable("quote.tls_ca_file", config.quote.tls_ca_file);
    check.Readable("quote.tls_certificate_file", config.quote.tls_certificate_file);
    check.Readable("quote.tls_key_file", config.quote.tls_key_file);
  }
  return check.Mistakes();
}

}  // namespace starlift
