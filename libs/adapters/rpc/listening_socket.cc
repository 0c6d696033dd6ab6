#include "adapters/rpc/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace starlift::rpc {
namespace {

constexpr int kBacklog = 64;

absl::Status Refuse(const std::string& host_port, const char* why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", host_port, ": ", why));
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.Release();
  }
  return *this;
}

int Socket::Release() { return std::exchange(fd_, -1); }

absl::StatusOr<Socket> Listen(const std::string& host_port) {
  const size_t colon = host_port.rfind(':');
  if (colon == std::string::npos) return Refuse(host_port, "not host:port");
  std::string host = host_port.substr(0, colon);
  if (!host.empty() && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), host_port.c_str() + colon + 1, &hints, &found) != 0) {
    return Refuse(host_port, "no such address");
  }
  Socket socket(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  const bool listening =
      socket.fd() >= 0 &&
      setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
      bind(socket.fd(), found->ai_addr, found->ai_addrlen) == 0 &&
      listen(socket.fd(), kBacklog) == 0;
  const int error = errno;
  freeaddrinfo(found);
  if (!listening) return Refuse(host_port, std::strerror(error));
  return socket;
}

int PortOf(const Socket& socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  // The port stands at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace starlift::rpc
