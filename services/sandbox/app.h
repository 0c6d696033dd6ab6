#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace starlift::sandbox {

struct Options {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any free one
  int64_t block_ms = 400;
  std::optional<uint64_t> seed;  // absent: different in every run
};

// --listen HOST:PORT [--block-ms N] [--seed N]
absl::StatusOr<Options> ParseOptions(int argc, const char* const* argv);

// The running sandbox: a chain that makes blocks, and a server that answers for both sites.
class App {
 public:
  explicit App(const Options& options);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Binds and starts; the port that was bound.
  absl::StatusOr<int> Start();
  // Ends everything. Answers under way are given half a second.
  void Stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace starlift::sandbox
