#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace starlift::sandbox {

struct HostPort {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any free one
};

struct Options {
  HostPort listen;
  std::vector<HostPort> providers;  // further providers of the chain; 25 at most
  int64_t block_ms = 400;
  std::optional<uint64_t> seed;  // absent: different in every run
};

// --listen HOST:PORT [--provider HOST:PORT]… [--block-ms N] [--seed N]
absl::StatusOr<Options> ParseOptions(int argc, const char* const* argv);

// A provider that serves the chain on a port of its own.
struct ProviderPort {
  std::string name;
  HostPort at;
};

// The running sandbox: a chain that makes blocks, a server that answers for both sites, and one
// for each further provider of the chain.
class App {
 public:
  explicit App(const Options& options);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Binds and starts; the main port that was bound.
  absl::StatusOr<int> Start();
  // The further providers, with the ports that were bound. Empty before Start.
  std::vector<ProviderPort> providers() const;
  // Ends everything. Answers under way are given half a second.
  void Stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace starlift::sandbox
