#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace starlift::rpc {

// A file descriptor that closes itself.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept : fd_(other.Release()) {}
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;

  int fd() const { return fd_; }
  int Release();

 private:
  int fd_;
};

// A non-blocking TCP socket that listens on host:port.
absl::StatusOr<Socket> Listen(const std::string& host_port);
int PortOf(const Socket& socket);

}  // namespace starlift::rpc
