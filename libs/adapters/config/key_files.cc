#include "adapters/config/key_files.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "ton/mnemonic.h"

namespace starlift {
namespace {

constexpr size_t kMostBytes = 4096;
constexpr size_t kMostCookieBytes = 16384;

absl::Status Refuse(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", why));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Read straight into secure memory, without a stream's buffer in between.
absl::StatusOr<Secret> ReadWhole(const std::string& path, bool only_owner,
                                 size_t most_bytes = kMostBytes) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts = {};
  if (file.fd() < 0 || fstat(file.fd(), &facts) != 0) {
    return Refuse(path, absl::StrCat("cannot be read: ", std::strerror(errno)));
  }
  if (only_owner && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Refuse(path, "is open to more than its owner; run chmod 600 on it");
  }
  // One byte more than may be there, so that a file that fits whole is not taken for a longer one.
  Secret buffer = Secret::Zeroed(most_bytes + 1);
  size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = read(file.fd(), buffer.RevealMutable().data() + size, buffer.size() - size);
    if (got < 0) return Refuse(path, absl::StrCat("cannot be read: ", std::strerror(errno)));
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > most_bytes) {
    return Refuse(path, absl::StrCat("is longer than ", most_bytes / 1024, " KiB"));
  }
  while (size > 0 && (buffer.Reveal()[size - 1] == '\n' || buffer.Reveal()[size - 1] == '\r')) {
    --size;
  }
  return Secret(buffer.Reveal().subspan(0, size));
}

// 64 hex characters; empty for anything else.
Secret KeyFromHex(const Secret& text) {
  STARLIFT_CHECK(sodium_init() >= 0);
  Secret key = Secret::Zeroed(32);
  size_t size = 0;
  const int parsed =
      sodium_hex2bin(key.RevealMutable().data(), key.size(), text.RevealString().data(),
                     text.size(), nullptr, &size, nullptr);
  if (text.size() != 64 || parsed != 0 || size != key.size()) return Secret();
  return key;
}

absl::StatusOr<Secret> ReadHex(const std::string& path, bool only_owner) {
  ASSIGN_OR_RETURN(const Secret text, ReadWhole(path, only_owner));
  Secret key = KeyFromHex(text);
  if (key.empty()) return Refuse(path, "must hold 64 hexadecimal characters and nothing else");
  return key;
}

absl::StatusOr<Secret> ReadLine(const std::string& path, size_t most_bytes) {
  ASSIGN_OR_RETURN(Secret text, ReadWhole(path, true, most_bytes));
  if (text.empty() || text.RevealString().find('\n') != absl::string_view::npos) {
    return Refuse(path, "must hold one line of text");
  }
  return text;
}

}  // namespace

absl::StatusOr<Secret> ReadKeyFile(const std::string& path) { return ReadHex(path, true); }

absl::StatusOr<std::array<uint8_t, 32>> ReadPublicKeyFile(const std::string& path) {
  ASSIGN_OR_RETURN(const Secret bytes, ReadHex(path, false));
  std::array<uint8_t, 32> key;
  std::memcpy(key.data(), bytes.Reveal().data(), key.size());
  return key;
}

absl::StatusOr<Secret> ReadPasswordFile(const std::string& path) {
  if (path.empty()) return Secret();
  return ReadLine(path, kMostBytes);
}

absl::StatusOr<Secret> ReadWalletKeyFile(const std::string& path) {
  ASSIGN_OR_RETURN(const Secret text, ReadWhole(path, true));
  Secret key = KeyFromHex(text);
  if (!key.empty()) return key;
  auto pair = ton::StretchMnemonic(ton::SplitWords(text.RevealString()), Secret());
  if (pair.ok()) return std::move(pair->seed);
  return Refuse(path, absl::StrCat("must hold 64 hexadecimal characters, or the 24 words of a TON "
                                   "wallet (",
                                   pair.status().message(), ")"));
}

absl::StatusOr<Secret> ReadCookiesFile(const std::string& path) {
  return ReadLine(path, kMostCookieBytes);
}

}  // namespace starlift
