#include "sandbox/app.h"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "sandbox/control_http.h"
#include "sandbox/fragment_http.h"
#include "sandbox/seeded_random.h"
#include "sandbox/toncenter_http.h"
#include "sandbox/world.h"

namespace starlift::sandbox {
namespace {

// A kept connection holds a thread, so there are more of these than a busy test has connections.
constexpr size_t kThreads = 160;
constexpr size_t kRequestsPerConnection = 1'000'000;
constexpr int kKeepAliveSeconds = 60;
constexpr int kBacklog = 1024;

std::unique_ptr<Random> MakeRandom(const Options& options) {
  if (options.seed.has_value()) return std::make_unique<SeededRandom>(*options.seed);
  return std::make_unique<SystemRandom>();
}

absl::Status ParseListen(absl::string_view text, Options* options) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, ':');
  options->host = std::string(parts.first);
  if (options->host.empty() || !absl::SimpleAtoi(parts.second, &options->port)) {
    return absl::InvalidArgumentError("--listen wants HOST:PORT");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const absl::string_view name = argv[i];
    const absl::string_view value = i + 1 < argc ? argv[i + 1] : "";
    uint64_t seed = 0;
    absl::Status status;
    if (name == "--listen") {
      status = ParseListen(value, &options);
    } else if (name == "--block-ms" && absl::SimpleAtoi(value, &options.block_ms) &&
               options.block_ms > 0) {
    } else if (name == "--seed" && absl::SimpleAtoi(value, &seed)) {
      options.seed = seed;
    } else {
      status = absl::InvalidArgumentError(
          "usage: starlift-sandbox --listen HOST:PORT [--block-ms N] [--seed N]");
    }
    if (!status.ok()) return status;
  }
  return options;
}

struct App::Parts {
  explicit Parts(const Options& given) : options(given), world(&clock, MakeRandom(given)) {}

  Options options;
  SystemClock clock;
  World world;
  httplib::Server server;
  std::atomic<int> listening_socket = -1;
  std::thread blocks;
  std::thread answers;
};

App::App(const Options& options) : parts_(std::make_unique<Parts>(options)) {}

App::~App() { Stop(); }

absl::StatusOr<int> App::Start() {
  Parts& parts = *parts_;
  parts.server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  parts.server.set_keep_alive_max_count(kRequestsPerConnection);
  parts.server.set_keep_alive_timeout(kKeepAliveSeconds);
  parts.server.set_tcp_nodelay(true);
  parts.server.set_socket_options([&parts](int socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    parts.listening_socket = socket;
  });
  ServeFragment(&parts.server, &parts.world);
  ServeToncenter(&parts.server, &parts.world);
  ServeControl(&parts.server, &parts.world);

  int port = parts.options.port;
  if (port == 0) {
    port = parts.server.bind_to_any_port(parts.options.host);
  } else if (!parts.server.bind_to_port(parts.options.host, port)) {
    port = -1;
  }
  if (port < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", parts.options.host, ":", parts.options.port));
  }
  // The library asks for a queue of five, which a burst of connections overflows.
  listen(parts.listening_socket, kBacklog);
  parts.answers = std::thread([&parts] { parts.server.listen_after_bind(); });
  parts.blocks = std::thread([&parts] {
    while (parts.world.Wait(parts.options.block_ms)) parts.world.Tick();
  });
  return port;
}

void App::Stop() {
  Parts& parts = *parts_;
  parts.world.Stop();
  if (parts.blocks.joinable()) parts.blocks.join();
  if (!parts.answers.joinable()) return;
  parts.server.stop();
  parts.answers.join();
}

}  // namespace starlift::sandbox
