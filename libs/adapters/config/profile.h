#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "adapters/config/key_set.h"

namespace starlift {

// "production" refuses what only a test may do; "test" shortens waits and opens doors.
inline constexpr absl::string_view kProductionProfile = "production";
inline constexpr absl::string_view kTestProfile = "test";

// The keys that every program has: profile.name and log.level.
void DeclareProfile(std::string* profile, std::string* log_level, KeySet* keys);

// The files of a mutual TLS end.
struct TlsPaths {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  bool Given() const { return !certificate_file.empty(); }
  bool AllOrNone() const {
    return ca_file.empty() == certificate_file.empty() &&
           certificate_file.empty() == key_file.empty();
  }
};

}  // namespace starlift
