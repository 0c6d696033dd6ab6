#include "adapters/config/api_config.h"

#include "absl/strings/str_cat.h"
#include "adapters/config/endpoint.h"
#include "adapters/config/profile.h"
#include "adapters/config/transport.h"
#include "base/status_macros.h"

namespace starlift {
namespace {

void DeclareServer(ApiConfig* config, KeySet* keys) {
  auto& server = config->server;
  keys->Text("server.listen", &server.listen, "host:port of the gRPC service");
  keys->Text("server.admin_listen", &server.admin_listen, "host:port of health and metrics");
  keys->Text("server.tls_certificate_file", &server.tls_certificate_file, "PEM chain");
  keys->Text("server.tls_key_file", &server.tls_key_file, "PEM private key");
  keys->Flag("server.reflection", &server.reflection, "gRPC reflection");
  keys->Integer("server.executor_threads", &server.executor_threads, {1, 256},
                "threads that serve calls which only read");
  keys->Integer("server.payment_threads", &server.payment_threads, {4, 128},
                "threads that serve calls which wait for probes or keys");
  keys->Integer("server.executor_queue", &server.executor_queue, {1, 4096},
                "calls that may wait for a thread");
  keys->Integer("server.max_watch_minutes", &server.max_watch_minutes, {1, 1440},
                "longest life of a WatchOrder stream");
  keys->Integer("server.max_watches_per_tenant", &server.max_watches_per_tenant, {1, 50'000},
                "orders that one tenant may follow at once");
  keys->Integer("server.drain_s", &server.drain_s, {0, 300},
                "seconds between NOT_SERVING and the end of service");
}

void DeclareOperators(ApiConfig* config, KeySet* keys) {
  auto& operators = config->operators;
  keys->Text("operator.listen", &operators.listen, "host:port of the operators' service");
  keys->Text("operator.witness_url", &operators.witness_url,
             "PostgreSQL connection URL of the witness log");
  keys->Text("operator.tls_ca_file", &operators.tls_ca_file, "PEM of the operators' CA");
  keys->Text("operator.tls_certificate_file", &operators.tls_certificate_file,
             "PEM chain that operators are shown");
  keys->Text("operator.tls_key_file", &operators.tls_key_file, "PEM private key for it");
}

void DeclareNeighbours(ApiConfig* config, KeySet* keys) {
  keys->RequiredText("database.url", &config->database.url, "PostgreSQL connection URL");
  keys->Integer("database.pool_size", &config->database.pool_size, {1, 500},
                "connections to PostgreSQL");
  keys->Text("database.migrations_directory", &config->database.migrations_directory,
             "folder of the SQL files for --migrate");
  keys->RequiredText("redis.address", &config->redis.address, "host:port of Redis");
  keys->Text("redis.password_file", &config->redis.password_file, "file with Redis' password");
  auto& quote = config->quote_service;
  keys->TextList("quote_service.targets", &quote.targets, "host:port of each quote worker");
  keys->Text("quote_service.tls_ca_file", &quote.tls_ca_file, "PEM of the quote workers' CA");
  keys->Text("quote_service.tls_certificate_file", &quote.tls_certificate_file,
             "PEM chain that the api shows");
  keys->Text("quote_service.tls_key_file", &quote.tls_key_file, "PEM private key of the api");
  keys->Text("quote_service.tls_server_name", &quote.tls_server_name,
             "name in the quote workers' certificate");
  keys->Integer("quote_service.recipient_memory_s", &quote.recipient_memory_s, {0, 3600},
                "seconds for which an eligible recipient is not asked about again");
}

void DeclareKeyFiles(ApiConfig* config, KeySet* keys) {
  auto& files = config->keys;
  keys->RequiredText("keys.pepper_file", &files.pepper_file, "key that hashes API keys");
  keys->RequiredText("keys.page_token_file", &files.page_token_file, "key of page tokens");
  keys->RequiredText("keys.identity_file", &files.identity_file, "key that names sessions");
  keys->RequiredText("keys.wallet_public_key_file", &files.wallet_public_key_file,
                     "public key that wallets and sessions are sealed to");
  keys->RequiredText("keys.endpoint_public_key_file", &files.endpoint_public_key_file,
                     "public key that webhook secrets are sealed to");
}

void DeclareBusiness(ApiConfig* config, KeySet* keys) {
  keys->Integer("products.min_stars", &config->products.min_stars, {1, 1'000'000'000},
                "least Stars of an order");
  keys->Integer("products.max_stars", &config->products.max_stars, {1, 1'000'000'000},
                "most Stars of an order");
  auto& pricing = config->pricing;
  keys->Integer("pricing.tolerance_bps", &pricing.tolerance_bps, {0, 10'000},
                "how far an invoice may be above the quoted cost, in 1/10,000");
  keys->Integer("pricing.commission_bps_house", &pricing.commission_bps_house, {0, 10'000},
                "commission with house sessions, in 1/10,000 of the cost");
  keys->Integer("pricing.network_reserve_nano", &pricing.network_reserve_nano,
                {1'000'000, 10'000'000'000}, "kept for network fees, in nanoton");
  keys->Integer("pricing.max_price_age_s", &pricing.max_price_age_s, {1, 3600},
                "seconds after which a price is stale");
  keys->Integer("pricing.quote_lifetime_s", &pricing.quote_lifetime_s, {1, 86'400},
                "seconds in which an order can be paid for");
  keys->Integer("orders.execute_window_s", &config->orders.execute_window_s, {1, 604'800},
                "seconds in which a paid-for order must be signed");
  keys->Flag("webhooks.allow_private_callbacks", &config->webhooks.allow_private_callbacks,
             "callback URLs at private addresses and over plain http");
  keys->Integer("wallet.network_global_id", &config->wallet.network_global_id,
                {INT32_MIN, INT32_MAX}, "-239 mainnet, -3 testnet");
  keys->Integer("stretching.threads", &config->stretching.threads, {1, 32},
                "threads that turn phrases into keys");
  keys->Integer("stretching.queue", &config->stretching.queue, {1, 63}, "phrases that may wait");
}

void CheckListen(absl::string_view name, const std::string& listen, bool tls,
                 std::vector<std::string>* mistakes) {
  const absl::StatusOr<Endpoint> endpoint = ParseEndpoint(listen);
  if (!endpoint.ok()) {
    mistakes->push_back(absl::StrCat(name, ": ", endpoint.status().message()));
  } else if (!tls && !IsLoopback(endpoint->host)) {
    mistakes->push_back(absl::StrCat(name, ": off loopback TLS is required"));
  }
}

void CheckQuoteService(const ApiConfig& config, std::vector<std::string>* mistakes) {
  const auto& quote = config.quote_service;
  const TlsPaths tls{quote.tls_ca_file, quote.tls_certificate_file, quote.tls_key_file};
  if (quote.targets.empty()) mistakes->push_back("quote_service.targets: must not be empty");
  if (!tls.AllOrNone()) {
    mistakes->push_back(
        "quote_service: tls_ca_file, tls_certificate_file and tls_key_file go together");
  }
  for (const std::string& target : quote.targets) {
    CheckListen("quote_service.targets", target, tls.Given(), mistakes);
    const absl::StatusOr<Endpoint> endpoint = ParseEndpoint(target);
    if (endpoint.ok() && quote.targets.size() > 1 && !IsIpAddress(endpoint->host)) {
      mistakes->push_back(
          "quote_service.targets: several targets must be IP addresses; one may be a DNS name");
    }
  }
}

// Whoever reaches this port decides about money: in production he proves who he is wherever he is.
void CheckOperators(const ApiConfig& config, std::vector<std::string>* mistakes) {
  const auto& operators = config.operators;
  const TlsPaths tls{operators.tls_ca_file, operators.tls_certificate_file, operators.tls_key_file};
  if (!tls.AllOrNone()) {
    mistakes->push_back("operator: tls_ca_file, tls_certificate_file and tls_key_file go together");
  }
  if (!operators.witness_url.empty()) {
    CheckDatabaseTransport("operator.witness_url", operators.witness_url, config.profile.name,
                           mistakes);
  }
  if (operators.listen.empty()) return;
  CheckListen("operator.listen", operators.listen, tls.Given(), mistakes);
  if (config.profile.name == kProductionProfile && !tls.Given()) {
    mistakes->push_back(
        "operator: the production profile wants mutual TLS, on loopback as well: tls_ca_file, "
        "tls_certificate_file and tls_key_file");
  }
  if (config.profile.name == kProductionProfile && operators.witness_url.empty()) {
    mistakes->push_back(
        "operator.witness_url: the production profile wants it: an operator who ends an order "
        "could "
        "otherwise release money that a restored database forgot to have spent");
  }
}

// Threads that wait for a key serve nobody else: were there room for all of them, the queue would
// never be full, nobody would be told to come back, and every other call would wait as well.
void CheckStretching(const ApiConfig& config, std::vector<std::string>* mistakes) {
  const int64_t phrases = config.stretching.threads + config.stretching.queue;
  if (2 * phrases < config.server.payment_threads) return;
  mistakes->push_back(
      "stretching: threads and queue together must be less than half of server.payment_threads");
}

}  // namespace

void DeclareApiKeys(ApiConfig* config, KeySet* keys) {
  DeclareProfile(&config->profile.name, &config->log.level, keys);
  DeclareServer(config, keys);
  DeclareOperators(config, keys);
  DeclareNeighbours(config, keys);
  DeclareKeyFiles(config, keys);
  DeclareBusiness(config, keys);
}

absl::Status CheckApiConfig(const ApiConfig& config) {
  std::vector<std::string> mistakes;
  const bool tls = !config.server.tls_certificate_file.empty();
  if (tls == config.server.tls_key_file.empty()) {
    mistakes.push_back("server: tls_certificate_file and tls_key_file go together");
  }
  CheckListen("server.listen", config.server.listen, tls, &mistakes);
  // Health and metrics are plain by design: a probe speaks no TLS. A network policy guards the
  // port.
  CheckListen("server.admin_listen", config.server.admin_listen, true, &mistakes);
  CheckTransport(config.database.url, config.redis.address, config.profile.name, &mistakes);
  CheckOperators(config, &mistakes);
  CheckQuoteService(config, &mistakes);
  CheckStretching(config, &mistakes);
  if (config.products.min_stars > config.products.max_stars) {
    mistakes.push_back("products.min_stars: must not be above products.max_stars");
  }
  if (config.profile.name == kProductionProfile) {
    if (config.webhooks.allow_private_callbacks) {
      mistakes.push_back("webhooks.allow_private_callbacks: refused by the production profile");
    }
    if (config.server.reflection) {
      mistakes.push_back("server.reflection: refused by the production profile");
    }
    if (config.products.min_stars < 50) {
      mistakes.push_back("products.min_stars: Fragment sells no fewer than 50 Stars");
    }
  }
  return ConfigMistakes(mistakes);
}

absl::StatusOr<ApiConfig> ReadApiConfig(const std::string& path, const Environment& environment) {
  ApiConfig config;
  KeySet keys;
  DeclareApiKeys(&config, &keys);
  RETURN_IF_ERROR(keys.ReadFile(path, environment));
  RETURN_IF_ERROR(CheckApiConfig(config));
  return config;
}

}  // namespace starlift
