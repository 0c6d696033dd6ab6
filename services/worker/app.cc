#include "services/worker/app.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/config/environment.h"
#include "adapters/config/key_files.h"
#include "adapters/config/worker_config.h"
#include "adapters/http/webhook_sender.h"
#include "adapters/metrics/metrics.h"
#include "adapters/postgres/delivery_store.h"
#include "adapters/postgres/lane_store.h"
#include "adapters/postgres/migrations.h"
#include "adapters/postgres/pool.h"
#include "adapters/postgres/price_book.h"
#include "adapters/postgres/purchase_store.h"
#include "adapters/postgres/runnable.h"
#include "adapters/redis/change_subscriber.h"
#include "adapters/redis/work_signal.h"
#include "adapters/redis/work_stream.h"
#include "adapters/rpc/admin_server.h"
#include "adapters/rpc/call.h"
#include "adapters/rpc/event_rendering.h"
#include "adapters/rpc/executor.h"
#include "adapters/rpc/quote_service.h"
#include "adapters/rpc/rpc_server.h"
#include "adapters/vault/sealer.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "services/worker/app_outside.h"
#include "services/worker/periodic.h"
#include "services/worker/purchase_role.h"
#include "services/worker/webhook_role.h"

namespace starlift {
namespace {

constexpr absl::string_view kVersion = "0.1.0";
constexpr int kAnnounceBatch = 500;

// What every role stands on.
struct Ground {
  explicit Ground(const WorkerConfig& config)
      : metrics("starlift-worker", kVersion),
        pool({.url = config.database.url, .size = static_cast<int>(config.database.pool_size)}) {}

  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  postgres::Pool pool;
  rpc::JsonEventRenderer renderer;
};

absl::StatusOr<redis::RedisOptions> RedisFrom(const WorkerConfig& config) {
  redis::RedisOptions options{config.redis.address, {}};
  ASSIGN_OR_RETURN(options.password, ReadPasswordFile(config.redis.password_file));
  return options;
}

absl::StatusOr<std::unique_ptr<vault::PrivateKeyOpener>> OpenerFrom(const std::string& key_file) {
  ASSIGN_OR_RETURN(Secret key, ReadKeyFile(key_file));
  std::vector<Secret> keys;
  keys.push_back(std::move(key));
  return vault::PrivateKeyOpener::Create(std::move(keys));
}

// purchase: takes work from the stream, buys, pays, looks for delivery.
class Purchasing {
 public:
  static absl::StatusOr<std::unique_ptr<Purchasing>> Start(const WorkerConfig& config,
                                                           Ground& ground, Outside& outside,
                                                           const std::string& owner) {
    auto purchasing = std::make_unique<Purchasing>();
    RETURN_IF_ERROR(purchasing->Begin(config, ground, outside, owner));
    return purchasing;
  }
  ~Purchasing() {
    if (stream_) stream_->Stop();
    if (reader_.joinable()) reader_.join();
    if (role_) role_->Stop();
  }

 private:
  absl::Status Begin(const WorkerConfig& config, Ground& ground, Outside& outside,
                     const std::string& owner) {
    ASSIGN_OR_RETURN(const PurchaseRules rules, RulesFrom(config));
    ASSIGN_OR_RETURN(redis::RedisOptions redis, RedisFrom(config));
    ASSIGN_OR_RETURN(opener_, OpenerFrom(config.keys.wallet_private_key_file));
    ASSIGN_OR_RETURN(sealer_,
                     vault::PublicKeySealer::Create(opener_->public_key_hex(), ground.random));
    orders_ = std::make_unique<postgres::PostgresPurchaseStore>(ground.pool, ground.renderer,
                                                                ground.clock);
    lanes_ =
        std::make_unique<postgres::PostgresLaneStore>(ground.pool, ground.renderer, ground.clock);
    signal_ = std::make_unique<redis::RedisWorkSignal>(redis.Clone());
    const PurchaseStep purchase(
        {*orders_, *outside.market, *opener_, *sealer_, *signal_, ground.clock, ground.random},
        rules);
    const LaneStep lane({*lanes_, *outside.chain, *opener_, *signal_, ground.clock, ground.random},
                        rules.payment);
    role_ = std::make_unique<PurchaseRole>(purchase, lane, owner,
                                           static_cast<int>(config.worker.threads), ground.clock,
                                           Observer(ground.metrics));
    stream_ = std::make_unique<redis::WorkStream>(
        std::move(redis), redis::WorkStreamOptions{.consumer = owner, .count = 64});
    reader_ = std::thread(
        [this] { stream_->Run([this](const WorkItem& item) { role_->Submit(item); }); });
    return absl::OkStatus();
  }

  static StepObserver Observer(Metrics& metrics) {
    metrics.DescribeCounter("starlift_steps_total", "Steps of orders and lanes, by outcome.");
    metrics.DescribeHistogram("starlift_step_duration_seconds", "How long steps took.",
                              LatencyBounds());
    return [&metrics](absl::string_view kind, absl::string_view reason, absl::Duration took) {
      metrics.Add("starlift_steps_total", {{"kind", kind}, {"reason", reason}});
      metrics.Observe("starlift_step_duration_seconds", {{"kind", kind}},
                      absl::ToDoubleSeconds(took));
    };
  }

  std::unique_ptr<vault::PrivateKeyOpener> opener_;
  std::unique_ptr<vault::PublicKeySealer> sealer_;
  std::unique_ptr<postgres::PostgresPurchaseStore> orders_;
  std::unique_ptr<postgres::PostgresLaneStore> lanes_;
  std::unique_ptr<redis::RedisWorkSignal> signal_;
  std::unique_ptr<PurchaseRole> role_;
  std::unique_ptr<redis::WorkStream> stream_;
  std::thread reader_;
};

// quote: keeps the price table, answers the api's probes.
class Quoting {
 public:
  static absl::StatusOr<std::unique_ptr<Quoting>> Start(const WorkerConfig& config, Ground& ground,
                                                        Outside& outside) {
    auto quoting = std::make_unique<Quoting>();
    quoting->prices_ = std::make_unique<postgres::PostgresPriceBook>(ground.pool);
    rpc::DescribeRpcMetrics(&ground.metrics);
    quoting->executor_ = std::make_unique<rpc::Executor>(8, 256);
    quoting->floor_ = std::make_unique<rpc::CallFloor>(*quoting->executor_, nullptr, ground.metrics,
                                                       ground.clock);
    const auto& quote = config.quote;
    ASSIGN_OR_RETURN(
        quoting->server_,
        rpc::RpcServer::Start(
            {.listen = quote.listen,
             .tls = {quote.tls_ca_file, quote.tls_certificate_file, quote.tls_key_file}},
            {rpc::MakeQuoteService({*quoting->floor_, *outside.public_market, *outside.chain})}));
    Quoting* self = quoting.get();
    quoting->keeper_ = std::make_unique<Periodic>(
        absl::Milliseconds(quote.price_interval_ms),
        [self, &outside] { return self->KeepPrices(*outside.public_market); });
    return quoting;
  }
  ~Quoting() {
    if (keeper_) keeper_->Stop();
    if (server_) server_->Shutdown(absl::Seconds(2));
  }

 private:
  bool KeepPrices(PublicMarket& market) {
    const absl::StatusOr<PriceTable> table = market.Prices();
    const absl::Status kept = table.ok() ? prices_->Replace(*table) : table.status();
    if (!kept.ok()) {
      Log(LogLevel::kWarn, "prices could not be read", {{"detail", kept.message()}});
    }
    return false;
  }

  std::unique_ptr<postgres::PostgresPriceBook> prices_;
  std::unique_ptr<rpc::Executor> executor_;
  std::unique_ptr<rpc::CallFloor> floor_;
  std::unique_ptr<rpc::RpcServer> server_;
  std::unique_ptr<Periodic> keeper_;
};

// announce: puts on the stream what the database says is due.
class Announcing {
 public:
  static absl::StatusOr<std::unique_ptr<Announcing>> Start(const WorkerConfig& config,
                                                           Ground& ground) {
    auto announcing = std::make_unique<Announcing>();
    ASSIGN_OR_RETURN(redis::RedisOptions redis, RedisFrom(config));
    announcing->runnable_ = std::make_unique<postgres::PostgresRunnable>(ground.pool);
    announcing->signal_ = std::make_unique<redis::RedisWorkSignal>(std::move(redis));
    Announcing* self = announcing.get();
    announcing->sweep_ = std::make_unique<Periodic>(
        absl::Milliseconds(config.worker.announce_interval_ms), [self] { return self->Sweep(); });
    return announcing;
  }

 private:
  bool Sweep() {
    const absl::StatusOr<std::vector<WorkItem>> due = runnable_->Due(kAnnounceBatch);
    if (!due.ok()) {
      Log(LogLevel::kWarn, "due work could not be read", {{"detail", due.status().message()}});
      return false;
    }
    for (const WorkItem& item : *due) signal_->Announce(item);
    return false;
  }

  std::unique_ptr<postgres::PostgresRunnable> runnable_;
  std::unique_ptr<redis::RedisWorkSignal> signal_;
  std::unique_ptr<Periodic> sweep_;
};

// webhook: delivers events; a change published on Redis makes it look at once.
class Delivering {
 public:
  static absl::StatusOr<std::unique_ptr<Delivering>> Start(const WorkerConfig& config,
                                                           Ground& ground,
                                                           const std::string& owner) {
    auto delivering = std::make_unique<Delivering>();
    const auto& webhooks = config.webhooks;
    ASSIGN_OR_RETURN(delivering->opener_, OpenerFrom(config.keys.endpoint_private_key_file));
    ASSIGN_OR_RETURN(redis::RedisOptions redis, RedisFrom(config));
    delivering->store_ = std::make_unique<postgres::PostgresDeliveryStore>(ground.pool);
    delivering->sender_ = std::make_unique<http::CurlWebhookSender>(
        http::WebhookSenderOptions{.rules = {webhooks.allow_private_callbacks},
                                   .filter = AddressFilter(webhooks.allow_private_callbacks)});
    delivering->role_ = std::make_unique<WebhookRole>(
        Deliverer(*delivering->store_, *delivering->sender_, *delivering->opener_, ground.clock,
                  ground.random, absl::Milliseconds(webhooks.lease_ms)),
        owner, static_cast<int>(webhooks.threads), absl::Milliseconds(webhooks.poll_ms));
    WebhookRole* role = delivering->role_.get();
    delivering->subscriber_ = std::make_unique<redis::ChangeSubscriber>(
        std::move(redis), [role](absl::string_view) { role->Poke(); }, [role] { role->Poke(); });
    return delivering;
  }

 private:
  std::unique_ptr<vault::PrivateKeyOpener> opener_;
  std::unique_ptr<postgres::PostgresDeliveryStore> store_;
  std::unique_ptr<http::CurlWebhookSender> sender_;
  std::unique_ptr<WebhookRole> role_;
  std::unique_ptr<redis::ChangeSubscriber> subscriber_;  // last: it pokes the role
};

// Blocks SIGTERM and SIGINT in every thread, so that one place can wait for them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// A core file would hold keys.
void ForbidDumps() {
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

absl::Status Run(const WorkerConfig& config) {
  const sigset_t signals = BlockSignals();
  Ground ground(config);
  RETURN_IF_ERROR(postgres::CheckSchema(ground.pool));
  ASSIGN_OR_RETURN(Outside outside, ReachOutside(config));
  // One owner a process, not a name: a restarted worker is not the one whose leases it finds.
  const std::string owner = NewId(absl::StrCat(config.worker.name, "-"),
                                  absl::ToUnixMillis(ground.clock.Now()), ground.random);
  ASSIGN_OR_RETURN(
      const std::unique_ptr<rpc::AdminServer> admin,
      rpc::AdminServer::Start(config.worker.admin_listen, {"starlift.internal.v1.QuoteService"},
                              ground.metrics, ground.clock));
  std::unique_ptr<Purchasing> purchasing;
  std::unique_ptr<Quoting> quoting;
  std::unique_ptr<Announcing> announcing;
  std::unique_ptr<Delivering> delivering;
  if (config.HasRole("quote")) {
    ASSIGN_OR_RETURN(quoting, Quoting::Start(config, ground, outside));
  }
  if (config.HasRole("purchase")) {
    ASSIGN_OR_RETURN(purchasing, Purchasing::Start(config, ground, outside, owner));
  }
  if (config.HasRole("announce")) {
    ASSIGN_OR_RETURN(announcing, Announcing::Start(config, ground));
  }
  if (config.HasRole("webhook")) {
    ASSIGN_OR_RETURN(delivering, Delivering::Start(config, ground, owner));
  }
  admin->SetServing(true);
  Log(LogLevel::kInfo, "serving", {{"owner", owner}, {"quote", config.quote.listen}});
  int received = 0;
  sigwait(&signals, &received);
  admin->SetServing(false);
  Log(LogLevel::kInfo, "stopping: no new steps, the running ones finish", {});
  announcing.reset();
  if (config.HasRole(
          "quote")) {  // until the api has looked elsewhere; a second signal cuts it short
    const timespec drain{.tv_sec = config.worker.drain_s, .tv_nsec = 0};
    sigtimedwait(&signals, nullptr, &drain);
  }
  outside.Stop();
  purchasing.reset();
  delivering.reset();
  quoting.reset();
  Log(LogLevel::kInfo, "stopped", {});
  return absl::OkStatus();
}

int MakeKeyPairFiles(const std::string& path) {
  const vault::KeyPair pair = vault::MakeKeyPair();
  // Never over an existing key, and never readable by others, not even for a moment.
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  const absl::string_view key = pair.private_key_hex.RevealString();
  const bool written = file >= 0 && write(file, key.data(), key.size()) == ssize_t(key.size());
  if (file >= 0) close(file);
  if (!written) {
    std::fprintf(stderr, "%s cannot be written, or exists\n", path.c_str());
    return 1;
  }
  std::ofstream(absl::StrCat(path, ".pub")) << pair.public_key_hex << "\n";
  std::printf("key_id=%s\n", pair.key_id.c_str());
  return 0;
}

}  // namespace

int WorkerMain(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 1 && args[0] == "--version") {
    std::printf("starlift-worker %s\n", std::string(kVersion).c_str());
    return 0;
  }
  if (args.size() == 2 && args[0] == "--make-keypair") return MakeKeyPairFiles(args[1]);
  const bool check = args.size() == 3 && args[2] == "--check-config";
  if (!(args.size() == 2 || check) || args[0] != "--config") {
    std::fprintf(stderr,
                 "usage: starlift-worker --config FILE [--check-config]\n"
                 "       starlift-worker --make-keypair PATH | --version\n");
    return 2;
  }
  ForbidDumps();
  const absl::StatusOr<WorkerConfig> config = ReadWorkerConfig(args[1], ProcessEnvironment());
  if (!config.ok()) {
    std::fprintf(stderr, "%s\n", std::string(config.status().message()).c_str());
    return 1;
  }
  if (check) return 0;
  StartLogging("starlift-worker", config->log.level);
  const absl::Status ran = Run(*config);
  if (ran.ok()) return 0;
  Log(LogLevel::kError, "could not start", {{"detail", ran.message()}});
  return 1;
}

}  // namespace starlift
