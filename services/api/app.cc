#include "services/api/app.h"

#include <memory>
#include <utility>

#include "adapters/config/profile.h"
#include "adapters/metrics/metrics.h"
#include "adapters/postgres/batching_order_store.h"
#include "adapters/postgres/credit_store.h"
#include "adapters/postgres/era_store.h"
#include "adapters/postgres/key_store.h"
#include "adapters/postgres/lane_store.h"
#include "adapters/postgres/migrations.h"
#include "adapters/postgres/order_store.h"
#include "adapters/postgres/pool.h"
#include "adapters/postgres/price_book.h"
#include "adapters/postgres/review_store.h"
#include "adapters/postgres/witness_log.h"
#include "adapters/process/hardening.h"
#include "adapters/redis/change_subscriber.h"
#include "adapters/redis/work_signal.h"
#include "adapters/rpc/admin_server.h"
#include "adapters/rpc/authenticator.h"
#include "adapters/rpc/call.h"
#include "adapters/rpc/catalog_service.h"
#include "adapters/rpc/change_feed.h"
#include "adapters/rpc/event_rendering.h"
#include "adapters/rpc/executor.h"
#include "adapters/rpc/grpc_log.h"
#include "adapters/rpc/key_stretching.h"
#include "adapters/rpc/operator_service.h"
#include "adapters/rpc/order_service.h"
#include "adapters/rpc/price_memory.h"
#include "adapters/rpc/quote_client.h"
#include "adapters/rpc/recipient_memory.h"
#include "adapters/rpc/rpc_server.h"
#include "adapters/vault/identity.h"
#include "adapters/vault/sealer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/status_macros.h"
#include "domain/order/intake.h"
#include "domain/payment/release_guard.h"
#include "domain/payment/review.h"
#include "services/api/app_settings.h"

namespace starlift {
namespace {

// For the calls under way; then for their last bytes to leave.
constexpr absl::Duration kGrace = absl::Seconds(25);
constexpr absl::Duration kFlush = absl::Seconds(1);
// Operators are few, and must be heard when callers are many.
constexpr int kOperatorThreads = 2;
constexpr size_t kOperatorQueue = 64;

// Everything the api is made of, each part built from those above it; they go in the opposite
// order.
struct ApiParts {
  ApiParts(const ApiConfig& config, ApiKeys keys, redis::RedisOptions redis_options,
           std::unique_ptr<Sealer> payment_sealer)
      : identity_key(std::move(keys.identity)),
        sealer(std::move(payment_sealer)),
        pool(PoolOptionsOf(config)),
        orders_in_database(pool, renderer),
        orders(orders_in_database),
        prices_in_database(pool),
        api_keys(pool),
        prices(prices_in_database, clock),
        signal(redis_options.Clone()),
        quote_client(QuoteOptionsOf(config), clock),
        quotes(quote_client, absl::Seconds(config.quote_service.recipient_memory_s), clock,
               metrics),
        stretcher(static_cast<int>(config.stretching.threads),
                  static_cast<size_t>(config.stretching.queue)),
        payments(
            stretcher, quotes, *sealer,
            [this](const Secret& token) { return vault::SessionIdFor(token, identity_key); },
            static_cast<int32_t>(config.wallet.network_global_id)),
        intake(orders, prices, quotes, signal, payments, clock, IntakePolicyOf(config)),
        reviews(pool, renderer),
        credits(pool),
        eras(pool),
        lanes(pool, renderer, clock),
        witness_pool(WitnessPoolOptionsOf(config)),
        witness(witness_pool),
        releases(witness, eras, lanes),
        desk(reviews, config.operators.witness_url.empty() ? nullptr : &releases, signal, clock,
             absl::Seconds(config.orders.execute_window_s)),
        page_tokens(std::move(keys.page_token)),
        authenticator(api_keys, std::move(keys.pepper), clock),
        feed(clock, static_cast<size_t>(config.server.max_watches_per_tenant)),
        payment_executor(static_cast<int>(config.server.payment_threads),
                         static_cast<size_t>(config.server.executor_queue)),
        executor(static_cast<int>(config.server.executor_threads),
                 static_cast<size_t>(config.server.executor_queue)),
        operator_executor(kOperatorThreads, kOperatorQueue),
        floor(executor, &authenticator, metrics, clock, &payment_executor),
        operator_floor(operator_executor, nullptr, metrics, clock),
        subscriber(
            std::move(redis_options), [this](absl::string_view order) { feed.Notify(order); },
            [this] { feed.Missed(); }) {
    rpc::DescribeRpcMetrics(&metrics);
    feed.Start();
  }

  SystemClock clock;
  Metrics metrics{"starlift-api", STARLIFT_VERSION};
  Secret identity_key;
  std::unique_ptr<Sealer> sealer;
  rpc::JsonEventRenderer renderer;
  postgres::Pool pool;
  postgres::PostgresOrderStore orders_in_database;
  postgres::BatchingOrderStore orders;
  postgres::PostgresPriceBook prices_in_database;
  postgres::PostgresKeyStore api_keys;
  rpc::PriceMemory prices;
  redis::RedisWorkSignal signal;
  rpc::QuoteClient quote_client;
  rpc::RecipientMemory quotes;
  rpc::BoundedKeyStretcher stretcher;
  PaymentIntake payments;
  OrderIntake intake;
  postgres::PostgresReviewStore reviews;
  postgres::PostgresCreditStore credits;
  postgres::PostgresEraStore eras;
  postgres::PostgresLaneStore lanes;
  postgres::Pool witness_pool;  // opens nothing before it is asked
  postgres::PostgresWitnessLog witness;
  ReleaseGuard releases;
  ReviewDesk desk;
  rpc::PageTokens page_tokens;
  rpc::Authenticator authenticator;
  rpc::ChangeFeed feed;
  rpc::Executor payment_executor;
  rpc::Executor executor;
  rpc::Executor operator_executor;
  rpc::CallFloor floor;
  rpc::CallFloor operator_floor;
  redis::ChangeSubscriber subscriber;
};

absl::StatusOr<std::unique_ptr<rpc::RpcServer>> StartServer(const ApiConfig& config,
                                                            ApiParts* parts) {
  const rpc::FollowingDeps following{parts->floor, parts->orders, parts->feed,
                                     absl::Minutes(config.server.max_watch_minutes)};
  const IntakePolicy policy = IntakePolicyOf(config);
  rpc::RpcServer::Options options;
  options.listen = config.server.listen;
  options.tls = ServerTlsOf(config);
  options.reflection = config.server.reflection;
  options.names = {"starlift.v1.OrderService", "starlift.v1.CatalogService"};
  options.longest_stream = following.longest_watch;
  return rpc::RpcServer::Start(
      options, {rpc::MakeOrderService({parts->intake, parts->page_tokens, following}),
                rpc::MakeCatalogService({parts->floor, parts->prices, parts->quotes,
                                         policy.products, policy.pricing})});
}

// Null: operators are not served here.
absl::StatusOr<std::unique_ptr<rpc::RpcServer>> StartOperatorServer(const ApiConfig& config,
                                                                    ApiParts* parts) {
  if (config.operators.listen.empty()) return std::unique_ptr<rpc::RpcServer>();
  rpc::RpcServer::Options options;
  options.listen = config.operators.listen;
  options.tls = OperatorTlsOf(config);
  options.reflection = config.server.reflection;
  options.names = {"starlift.admin.v1.OperatorService"};
  return rpc::RpcServer::Start(
      options, {rpc::MakeOperatorService({parts->operator_floor, parts->desk, parts->reviews,
                                          parts->credits, parts->page_tokens})});
}

}  // namespace

absl::Status ServeApi(const ApiConfig& config) {
  rpc::RouteGrpcLog();
  RETURN_IF_ERROR(CheckKeyFiles(config));
  if (const absl::Status locked = CheckLockedMemory(); !locked.ok()) {
    if (config.profile.name == kProductionProfile) return locked;
    Log(LogLevel::kWarn, "memory", {{"detail", locked.message()}});
  }
  ASSIGN_OR_RETURN(ApiKeys keys, ReadApiKeys(config));
  ASSIGN_OR_RETURN(redis::RedisOptions redis_options, RedisOptionsOf(config));
  SystemRandom random;
  ASSIGN_OR_RETURN(std::unique_ptr<Sealer> sealer,
                   vault::PublicKeySealer::Create(keys.wallet_public_hex, random));
  ApiParts parts(config, std::move(keys), std::move(redis_options), std::move(sealer));
  RETURN_IF_ERROR(postgres::CheckSchema(parts.pool));
  ASSIGN_OR_RETURN(const auto admin, rpc::AdminServer::Start(
                                         config.server.admin_listen,
                                         {"starlift.v1.OrderService", "starlift.v1.CatalogService"},
                                         parts.metrics, parts.clock));
  ASSIGN_OR_RETURN(const auto server, StartServer(config, &parts));
  ASSIGN_OR_RETURN(const auto operator_server, StartOperatorServer(config, &parts));
  admin->SetServing(true);
  Log(LogLevel::kInfo, "serving",
      {{"listen", config.server.listen},
       {"port", int64_t{server->port()}},
       {"admin_port", int64_t{admin->port()}},
       {"operator_port", int64_t{operator_server ? operator_server->port() : 0}},
       {"version", STARLIFT_VERSION}});

  AwaitStop(absl::InfiniteDuration());
  Log(LogLevel::kInfo, "stopping");
  admin->SetServing(false);
  server->SetServing(false);
  // Balancers must see NOT_SERVING before connections go; a second signal cuts the pause short.
  AwaitStop(absl::Seconds(config.server.drain_s));
  parts.floor.Close();
  parts.operator_floor.Close();
  parts.feed.Shutdown();
  parts.floor.AwaitIdle(kGrace);
  parts.operator_floor.AwaitIdle(kGrace);
  if (operator_server) operator_server->Shutdown(kFlush);
  server->Shutdown(kFlush);
  Log(LogLevel::kInfo, "stopped");
  return absl::OkStatus();
}

}  // namespace starlift
