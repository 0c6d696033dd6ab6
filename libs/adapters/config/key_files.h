#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace starlift {

// A secret key of 32 bytes: 64 hex characters and an optional newline. INVALID_ARGUMENT with the
// path, never the content, when the file cannot be read, has another shape, or may be read by more
// than its owner.
absl::StatusOr<Secret> ReadKeyFile(const std::string& path);
// The same for a key that everybody may know.
absl::StatusOr<std::array<uint8_t, 32>> ReadPublicKeyFile(const std::string& path);
// A password or an API key of a service: one line of text, at most 4 KiB, only for its owner. An
// empty path gives an empty secret.
absl::StatusOr<Secret> ReadPasswordFile(const std::string& path);
// The 32-byte seed of a wallet's key: 64 hex characters, or the wallet's 24 words (which are then
// stretched: some 40 ms). Only for its owner.
absl::StatusOr<Secret> ReadWalletKeyFile(const std::string& path);
// The cookies of a session, as a browser sends them: one line of text, at most 16 KiB, only for its
// owner.
absl::StatusOr<Secret> ReadCookiesFile(const std::string& path);

}  // namespace starlift
