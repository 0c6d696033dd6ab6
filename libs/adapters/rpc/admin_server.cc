#include "adapters/rpc/admin_server.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "adapters/rpc/admin_http.h"
#include "adapters/rpc/listening_socket.h"
#include "base/check.h"

namespace starlift::rpc {
namespace {

constexpr absl::string_view kGrpcPreface = "PRI ";
constexpr absl::string_view kHeadEnd = "\r\n\r\n";
constexpr size_t kMostHeadBytes = 8192;
constexpr size_t kMostGuests = 64;
constexpr absl::Duration kPatience = absl::Seconds(5);
constexpr int kPollMillis = 1000;

// A connection that has not shown yet what it speaks, or sends its request or takes its answer.
struct Guest {
  Socket socket;
  absl::Time until;
  bool is_http = false;
  std::string head;
  std::string answer;  // what is left of it
};

// Poll must not report fewer bytes than tell the two protocols apart.
void WaitForBytes(const Socket& socket, int bytes) {
  setsockopt(socket.fd(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

}  // namespace

class AdminServer::Impl {
 public:
  Impl(Socket listener, const std::vector<std::string>& services, const Metrics& metrics,
       const Clock& clock)
      : listener_(std::move(listener)),
        wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        services_(services),
        metrics_(metrics),
        clock_(clock) {
    STARLIFT_CHECK(wake_.fd() >= 0);
    StartGrpc();
    SetServing(false);
    thread_ = std::thread([this] { Loop(); });
  }

  ~Impl() {
    going_ = true;
    const uint64_t one = 1;
    STARLIFT_CHECK(write(wake_.fd(), &one, sizeof(one)) == sizeof(one));
    thread_.join();
    grpc_->Shutdown(gpr_time_from_millis(0, GPR_TIMESPAN));
    queue_->Shutdown();
    queue_thread_.join();
  }

  int port() const { return PortOf(listener_); }

  void SetServing(bool serving) {
    serving_ = serving;
    grpc::HealthCheckServiceInterface* health = grpc_->GetHealthCheckService();
    for (const std::string& service : services_) health->SetServingStatus(service, serving);
    health->SetServingStatus("", serving);
  }

 private:
  // A gRPC server without a port of its own: it gets connections handed in, and answers health
  // alone. gRPC wants a queue that somebody polls, although the health service does not use it.
  void StartGrpc() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    queue_ = builder.AddCompletionQueue();
    grpc_ = builder.BuildAndStart();
    STARLIFT_CHECK(grpc_ != nullptr);
    queue_thread_ = std::thread([this] {
      void* tag = nullptr;
      bool ok = false;
      while (queue_->Next(&tag, &ok)) {
      }
    });
  }

  void Loop() {
    while (!going_) {
      std::vector<pollfd> polled = {{listener_.fd(), POLLIN, 0}, {wake_.fd(), POLLIN, 0}};
      if (guests_.size() >= kMostGuests) polled[0].events = 0;
      for (const Guest& guest : guests_) {
        const short events = guest.answer.empty() ? POLLIN : POLLOUT;
        polled.push_back({guest.socket.fd(), events, 0});
      }
      if (poll(polled.data(), polled.size(), kPollMillis) < 0) continue;
      std::vector<Guest> staying;
      for (size_t i = 0; i < guests_.size(); ++i) {
        const bool ready = polled[i + 2].revents != 0;
        const bool stays = ready ? Serve(&guests_[i]) : clock_.Now() < guests_[i].until;
        if (stays) staying.push_back(std::move(guests_[i]));
      }
      guests_ = std::move(staying);
      if ((polled[0].revents & POLLIN) != 0) Accept();
    }
    guests_.clear();
  }

  void Accept() {
    Socket socket(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.fd() < 0) return;
    WaitForBytes(socket, static_cast<int>(kGrpcPreface.size()));
    guests_.push_back({std::move(socket), clock_.Now() + kPatience, false, "", ""});
  }

  // False: the connection is done with, or somebody else's now.
  bool Serve(Guest* guest) {
    if (!guest->answer.empty()) return Send(guest);
    if (!guest->is_http && !Recognize(guest)) return false;
    return Read(guest);
  }

  bool Recognize(Guest* guest) {
    char first[4];
    const ssize_t got = recv(guest->socket.fd(), first, sizeof(first), MSG_PEEK);
    if (got != static_cast<ssize_t>(sizeof(first))) return false;
    WaitForBytes(guest->socket, 1);
    if (absl::string_view(first, sizeof(first)) == kGrpcPreface) {
      grpc::AddInsecureChannelFromFd(grpc_.get(), guest->socket.Release());
      return false;
    }
    guest->is_http = true;
    return true;
  }

  bool Read(Guest* guest) {
    char bytes[2048];
    const ssize_t got = recv(guest->socket.fd(), bytes, sizeof(bytes), 0);
    if (got <= 0) return false;
    guest->head.append(bytes, static_cast<size_t>(got));
    if (!absl::StrContains(guest->head, kHeadEnd)) return guest->head.size() < kMostHeadBytes;
    guest->answer = AdminHttpAnswer(guest->head, metrics_, serving_);
    return Send(guest);
  }

  bool Send(Guest* guest) {
    const ssize_t sent =
        send(guest->socket.fd(), guest->answer.data(), guest->answer.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    guest->answer.erase(0, static_cast<size_t>(sent));
    if (!guest->answer.empty()) return true;
    shutdown(guest->socket.fd(), SHUT_WR);
    return false;
  }

  Socket listener_;
  Socket wake_;
  const std::vector<std::string> services_;
  const Metrics& metrics_;
  const Clock& clock_;
  std::atomic<bool> going_ = false;
  std::atomic<bool> serving_ = false;
  std::vector<Guest> guests_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> grpc_;
  std::thread queue_thread_;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(
    const std::string& listen, const std::vector<std::string>& services, const Metrics& metrics,
    const Clock& clock) {
  absl::StatusOr<Socket> listener = Listen(listen);
  if (!listener.ok()) return listener.status();
  return std::unique_ptr<AdminServer>(
      new AdminServer(std::make_unique<Impl>(*std::move(listener), services, metrics, clock)));
}

AdminServer::AdminServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AdminServer::~AdminServer() = default;
int AdminServer::port() const { return impl_->port(); }
void AdminServer::SetServing(bool serving) { impl_->SetServing(serving); }

}  // namespace starlift::rpc
