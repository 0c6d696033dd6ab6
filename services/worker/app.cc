#include "services/worker/app.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/config/environment.h"
#include "adapters/config/key_files.h"
#include "adapters/config/profile.h"
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
#include "adapters/process/hardening.h"
#include "adapters/redis/change_subscriber.h"
#include "adapters/redis/work_signal.h"
#include "adapters/redis/work_stream.h"
#include "adapters/rpc/admin_server.h"
#include "adapters/rpc/call.h"
#include "adapters/rpc/event_rendering.h"
#include "adapters/rpc/executor.h"
#include "adapters/rpc/grpc_log.h"
#include "adapters/rpc/quote_service.h"
#include "adapters/rpc/rpc_server.h"
#include "adapters/vault/sealer.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "services/worker/app_commands.h"
#include "services/worker/app_outside.h"
#include "services/worker/observing.h"
#include "services/worker/periodic.h"
#include "services/worker/purchase_role.h"
#include "services/worker/webhook_role.h"

namespace starlift {
namespace {

constexpr int kAnnounceBatch = 500;
constexpr char kUsage[] =
    "usage: starlift-worker --config FILE [--check-config]\n"
    "       starlift-worker --make-keypair PATH | --version | --help\n";

// What every role stands on.
struct Ground {
  explicit Ground(const WorkerConfig& config)
      : metrics("starlift-worker", STARLIFT_VERSION),
        pool({.url = config.database.url, .size = static_cast<int>(config.database.pool_size)}) {}

  Count Counting() {
    return [this](absl::string_view metric, MetricLabels labels) { metrics.Add(metric, labels); };
  }

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
    redis_signal_ = std::make_unique<redis::RedisWorkSignal>(redis.Clone());
    signal_ = std::make_unique<ObservedSignal>(*redis_signal_, ground.Counting());
    chain_ = std::make_unique<ObservedChain>(*outside.chain, ground.Counting());
    const PurchaseStep purchase(
        {*orders_, *outside.market, *opener_, *sealer_, *signal_, ground.clock, ground.random},
        rules);
    const LaneStep lane({*lanes_, *chain_, *opener_, *signal_, ground.clock, ground.random},
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
    metrics.DescribeCounter("starlift_order_moves_total", "Moves of orders, by new state.");
    metrics.DescribeCounter("starlift_chain_sends_total", "Hand-overs of messages to the chain.");
    metrics.DescribeCounter("starlift_chain_reads_total", "Questions to the chain's provider.");
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
  std::unique_ptr<redis::RedisWorkSignal> redis_signal_;
  std::unique_ptr<ObservedSignal> signal_;
  std::unique_ptr<ObservedChain> chain_;
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
    quoting->ground_ = &ground;
    quoting->prices_ = std::make_unique<postgres::PostgresPriceBook>(ground.pool);
    ground.metrics.DescribeGauge("starlift_prices_read_seconds",
                                 "When prices were last read, Unix time.");
    rpc::DescribeRpcMetrics(&ground.metrics);
    quoting->executor_ = std::make_unique<rpc::Executor>(8, 256);
    quoting->floor_ = std::make_unique<rpc::CallFloor>(*quoting->executor_, nullptr, ground.metrics,
                                                       ground.clock);
    const auto& quote = config.quote;
    ASSIGN_OR_RETURN(
        quoting->server_,
        rpc::RpcServer::Start(
            {.listen = quote.listen,
             .tls = {quote.tls_ca_file, quote.tls_certificate_file, quote.tls_key_file},
             .names = {"starlift.internal.v1.QuoteService"}},
            {rpc::MakeQuoteService({*quoting->floor_, *outside.public_market, *outside.chain})}));
    Quoting* self = quoting.get();
    quoting->keeper_ = std::make_unique<Periodic>(
        absl::Milliseconds(quote.price_interval_ms),
        [self, &outside] { return self->KeepPrices(*outside.public_market); });
    return quoting;
  }
  ~Quoting() {
    if (keeper_) keeper_->Stop();
    if (floor_) {
      floor_->Close();
      floor_->AwaitIdle(absl::Seconds(5));
    }
    if (server_) server_->Shutdown(absl::Seconds(1));
  }

 private:
  bool KeepPrices(PublicMarket& market) {
    const absl::StatusOr<PriceTable> table = market.Prices();
    const absl::Status kept = table.ok() ? prices_->Replace(*table) : table.status();
    if (kept.ok()) {
      ground_->metrics.Set("starlift_prices_read_seconds", {},
                           absl::ToDoubleSeconds(ground_->clock.Now() - absl::UnixEpoch()));
    } else {
      Log(LogLevel::kWarn, "prices could not be read", {{"detail", kept.message()}});
    }
    return false;
  }

  Ground* ground_ = nullptr;
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
    std::vector<AddressRange> refused;
    for (const std::string& network : webhooks.refused_networks) {
      ASSIGN_OR_RETURN(refused.emplace_back(), ParseAddressRange(network));
    }
    // A tenant whose receivers hang holds a few threads, never all.
    delivering->store_ = std::make_unique<postgres::PostgresDeliveryStore>(
        ground.pool, std::max(1, static_cast<int>(webhooks.threads) / 4));
    delivering->sender_ = std::make_unique<http::CurlWebhookSender>(http::WebhookSenderOptions{
        .rules = {webhooks.allow_private_callbacks},
        .filter = AddressFilter(webhooks.allow_private_callbacks, std::move(refused))});
    ground.metrics.DescribeCounter("starlift_webhook_tries_total", "Tries of webhooks.");
    delivering->observed_ =
        std::make_unique<ObservedSender>(*delivering->sender_, ground.Counting());
    delivering->role_ = std::make_unique<WebhookRole>(
        Deliverer(*delivering->store_, *delivering->observed_, *delivering->opener_, ground.clock,
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
  std::unique_ptr<ObservedSender> observed_;
  std::unique_ptr<WebhookRole> role_;
  std::unique_ptr<redis::ChangeSubscriber> subscriber_;  // last: it pokes the role
};

absl::Status Run(const WorkerConfig& config) {
  rpc::RouteGrpcLog();
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
  Log(LogLevel::kInfo, "serving",
      {{"owner", owner}, {"quote", config.quote.listen}, {"version", STARLIFT_VERSION}});

  AwaitStop(absl::InfiniteDuration());
  Log(LogLevel::kInfo, "stopping: no new steps, the running ones finish");
  admin->SetServing(false);
  announcing.reset();
  // Until the api has looked elsewhere; a second signal cuts it short.
  if (quoting) AwaitStop(absl::Seconds(config.worker.drain_s));
  outside.Stop();
  purchasing.reset();
  delivering.reset();
  quoting.reset();
  Log(LogLevel::kInfo, "stopped", {});
  return absl::OkStatus();
}

}  // namespace

int WorkerMain(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 1 && args[0] == "--version") {
    std::printf("starlift-worker %s\n", STARLIFT_VERSION);
    return 0;
  }
  if (args.size() == 1 && args[0] == "--help") {
    std::printf("%s", kUsage);
    return 0;
  }
  if (args.size() == 2 && args[0] == "--make-keypair") return MakeKeyPairFiles(args[1]);
  const bool check = args.size() == 3 && args[2] == "--check-config";
  if (!(args.size() == 2 || check) || args[0] != "--config") {
    std::fprintf(stderr, "%s", kUsage);
    return 2;
  }
  HardenProcess();
  const absl::StatusOr<WorkerConfig> config = ReadWorkerConfig(args[1], ProcessEnvironment());
  if (!config.ok()) {
    std::fprintf(stderr, "%s\n", std::string(config.status().message()).c_str());
    return 1;
  }
  absl::Status fit = CheckWorkerFiles(*config);
  const absl::Status locked = CheckLockedMemory();
  if (fit.ok() && config->profile.name == kProductionProfile) fit = locked;
  if (!fit.ok()) {
    std::fprintf(stderr, "%s\n", std::string(fit.message()).c_str());
    return 1;
  }
  if (check) return 0;
  StartLogging("starlift-worker", config->log.level);
  if (!locked.ok()) Log(LogLevel::kWarn, "memory", {{"detail", locked.message()}});
  const absl::Status ran = Run(*config);
  if (ran.ok()) return 0;
  Log(LogLevel::kError, "could not start", {{"detail", ran.message()}});
  return 1;
}

}  // namespace starlift
