#pragma once

#include <httplib.h>

#include <atomic>
#include <thread>

#include "absl/status/statusor.h"

namespace starlift::sandbox {

// An HTTP server on a thread of its own.
class Listener {
 public:
  // A kept connection holds one of the threads, so there have to be more than a busy test has
  // connections.
  explicit Listener(size_t threads);
  ~Listener() { Stop(); }

  // Paths are added before Start.
  httplib::Server& server() { return server_; }
  // Port 0: any free one. The port that was bound.
  absl::StatusOr<int> Start(const std::string& host, int port);
  void Stop();

 private:
  httplib::Server server_;
  std::atomic<int> socket_ = -1;
  std::thread answers_;
};

}  // namespace starlift::sandbox
