#include "sandbox/app.h"

#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "sandbox/control_http.h"
#include "sandbox/fragment_http.h"
#include "sandbox/listener.h"
#include "sandbox/seeded_random.h"
#include "sandbox/toncenter_http.h"
#include "sandbox/world.h"

namespace starlift::sandbox {
namespace {

constexpr size_t kMainThreads = 160;
constexpr size_t kProviderThreads = 64;
constexpr size_t kMostProviders = 25;  // their names are the letters from b on

std::unique_ptr<Random> MakeRandom(const Options& options) {
  if (options.seed.has_value()) return std::make_unique<SeededRandom>(*options.seed);
  return std::make_unique<SystemRandom>();
}

absl::StatusOr<HostPort> ParseHostPort(absl::string_view name, absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, ':');
  HostPort parsed;
  parsed.host = std::string(parts.first);
  if (parsed.host.empty() || !absl::SimpleAtoi(parts.second, &parsed.port)) {
    return absl::InvalidArgumentError(absl::StrCat(name, " wants HOST:PORT"));
  }
  return parsed;
}

absl::Status ParseOption(absl::string_view name, absl::string_view value, Options* options) {
  uint64_t seed = 0;
  if (name == "--listen") {
    ASSIGN_OR_RETURN(options->listen, ParseHostPort(name, value));
  } else if (name == "--provider" && options->providers.size() < kMostProviders) {
    ASSIGN_OR_RETURN(HostPort provider, ParseHostPort(name, value));
    options->providers.push_back(std::move(provider));
  } else if (name == "--block-ms" && absl::SimpleAtoi(value, &options->block_ms) &&
             options->block_ms > 0) {
  } else if (name == "--seed" && absl::SimpleAtoi(value, &seed)) {
    options->seed = seed;
  } else {
    return absl::InvalidArgumentError(
        "usage: starlift-sandbox --listen HOST:PORT [--provider HOST:PORT]... [--block-ms N] "
        "[--seed N]");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    RETURN_IF_ERROR(ParseOption(argv[i], i + 1 < argc ? argv[i + 1] : "", &options));
  }
  return options;
}

struct App::Parts {
  explicit Parts(const Options& given)
      : options(given), world(&clock, MakeRandom(given)), main(kMainThreads) {}

  Options options;
  SystemClock clock;
  World world;
  Listener main;
  std::vector<std::unique_ptr<Listener>> others;
  std::vector<ProviderPort> providers;
  std::thread blocks;
};

App::App(const Options& options) : parts_(std::make_unique<Parts>(options)) {}

App::~App() { Stop(); }

absl::StatusOr<int> App::Start() {
  Parts& parts = *parts_;
  World* world = &parts.world;
  for (size_t i = 0; i < parts.options.providers.size(); ++i) world->AddProvider();
  for (const HostPort& wanted : parts.options.providers) {
    Provider* provider = world->providers[parts.others.size() + 1].get();
    parts.others.push_back(std::make_unique<Listener>(kProviderThreads));
    ServeToncenter(&parts.others.back()->server(), world, provider);
    ASSIGN_OR_RETURN(const int port, parts.others.back()->Start(wanted.host, wanted.port));
    parts.providers.push_back({provider->name(), {wanted.host, port}});
  }
  ServeFragment(&parts.main.server(), world);
  ServeToncenter(&parts.main.server(), world, world->providers.front().get());
  ServeControl(&parts.main.server(), world);
  const HostPort& listen = parts.options.listen;
  ASSIGN_OR_RETURN(const int port, parts.main.Start(listen.host, listen.port));
  parts.blocks = std::thread([&parts] {
    while (parts.world.Wait(parts.options.block_ms)) parts.world.Tick();
  });
  return port;
}

std::vector<ProviderPort> App::providers() const { return parts_->providers; }

void App::Stop() {
  Parts& parts = *parts_;
  parts.world.Stop();
  if (parts.blocks.joinable()) parts.blocks.join();
  parts.main.Stop();
  for (const auto& other : parts.others) other->Stop();
}

}  // namespace starlift::sandbox
