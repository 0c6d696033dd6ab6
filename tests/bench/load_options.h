#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace starlift::bench {

struct LoadOptions {
  std::string target;           // --target host:port
  std::string ca_file;          // --ca FILE: TLS with this authority; without it plain text
  std::string api_key;          // from STARLIFT_API_KEY, so that no list of processes shows it
  std::string mode = "create";  // --mode create | get | health
  int calls = 1;                // --calls: in flight at any time
  int channels = 1;             // --channels: connections, which the calls share evenly
  double warmup_s = 0.5;        // --warmup: before the first call that counts
  double seconds = 2;           // --seconds: in which calls count
  int recipients = 100;         // --recipients: different usernames, in turns
};

absl::StatusOr<LoadOptions> ParseLoadOptions(int argc, char** argv);

}  // namespace starlift::bench
