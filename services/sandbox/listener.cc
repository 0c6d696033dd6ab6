#include "sandbox/listener.h"

#include <sys/socket.h>

#include "absl/strings/str_cat.h"

namespace starlift::sandbox {
namespace {

constexpr size_t kRequestsPerConnection = 1'000'000;
constexpr int kKeepAliveSeconds = 60;
constexpr int kBacklog = 1024;

}  // namespace

Listener::Listener(size_t threads) {
  server_.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server_.set_keep_alive_max_count(kRequestsPerConnection);
  server_.set_keep_alive_timeout(kKeepAliveSeconds);
  server_.set_tcp_nodelay(true);
  server_.set_socket_options([this](int socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    socket_ = socket;
  });
}

absl::StatusOr<int> Listener::Start(const std::string& host, int port) {
  const int wanted = port;
  if (port == 0) {
    port = server_.bind_to_any_port(host);
  } else if (!server_.bind_to_port(host, port)) {
    port = -1;
  }
  if (port < 0) return absl::UnavailableError(absl::StrCat("cannot listen on ", host, ":", wanted));
  // The library asks for a queue of five, which a burst of connections overflows.
  listen(socket_, kBacklog);
  answers_ = std::thread([this] { server_.listen_after_bind(); });
  return port;
}

void Listener::Stop() {
  if (!answers_.joinable()) return;
  server_.stop();
  answers_.join();
}

}  // namespace starlift::sandbox
