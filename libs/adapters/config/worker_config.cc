#include "adapters/config/worker_config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/config/endpoint.h"
#include "adapters/config/key_files.h"
#include "adapters/config/profile.h"
#include "adapters/config/transport.h"
#include "base/status_macros.h"

namespace starlift {
namespace {

constexpr KeyRange kMillis{1, 604'800'000};

void DeclareWorker(WorkerConfig* config, KeySet* keys) {
  auto& worker = config->worker;
  keys->RequiredText("worker.name", &worker.name, "name in leases, logs and the consumer group");
  keys->TextList("worker.roles", &worker.roles, "purchase, quote, announce, webhook");
  keys->Text("worker.admin_listen", &worker.admin_listen, "host:port of health and metrics");
  keys->Integer("worker.threads", &worker.threads, {1, 256}, "steps that run at once");
  keys->Integer("worker.lease_ms", &worker.lease_ms, {200, 600'000},
                "how long a dead worker's work stays taken");
  keys->Integer("worker.announce_interval_ms", &worker.announce_interval_ms, {50, 60'000},
                "how often the database is asked for work that nobody announced");
  keys->Integer("worker.drain_s", &worker.drain_s, {0, 300},
                "seconds between NOT_SERVING and the end of the quote service");
  keys->RequiredText("database.url", &config->database.url, "PostgreSQL connection URL");
  keys->Integer("database.pool_size", &config->database.pool_size, {1, 500},
                "connections to PostgreSQL");
  keys->RequiredText("redis.address", &config->redis.address, "host:port of Redis");
  keys->Text("redis.password_file", &config->redis.password_file, "file with Redis' password");
  keys->Text("keys.wallet_private_key_file", &config->keys.wallet_private_key_file,
             "key that opens wallets and sessions (role purchase)");
  keys->Text("keys.endpoint_private_key_file", &config->keys.endpoint_private_key_file,
             "key that opens webhook secrets (role webhook)");
}

void DeclareOutside(WorkerConfig* config, KeySet* keys) {
  auto& fragment = config->fragment;
  keys->Text("fragment.base_url", &fragment.base_url, "test profile only: another fragment.com");
  keys->TextList("fragment.allowed_payees", &fragment.allowed_payees, "addresses that may be paid");
  keys->Integer("fragment.timeout_ms", &fragment.timeout_ms, kMillis, "longest call");
  keys->Integer("fragment.outage_first_ms", &fragment.outage_first_ms, kMillis,
                "first wait after an outage, doubling");
  keys->Integer("fragment.outage_most_ms", &fragment.outage_most_ms, kMillis,
                "longest wait after an outage");
  keys->Integer("fragment.session_busy_ms", &fragment.session_busy_ms, kMillis,
                "wait for a session that another order has");
  auto& toncenter = config->toncenter;
  keys->RequiredText("toncenter.base_url", &toncenter.base_url, "chain provider");
  keys->Text("toncenter.api_key_file", &toncenter.api_key_file, "file with the provider's key");
  keys->Integer("toncenter.timeout_ms", &toncenter.timeout_ms, kMillis, "longest call");
  keys->Integer("wallet.network_global_id", &config->wallet.network_global_id,
                {INT32_MIN, INT32_MAX}, "-239 mainnet, -3 testnet");
  auto& quote = config->quote;
  keys->Text("quote.listen", &quote.listen, "host:port of the internal quote service");
  keys->Text("quote.tls_ca_file", &quote.tls_ca_file, "PEM of the api's CA");
  keys->Text("quote.tls_certificate_file", &quote.tls_certificate_file, "PEM chain");
  keys->Text("quote.tls_key_file", &quote.tls_key_file, "PEM private key");
  keys->Integer("quote.price_interval_ms", &quote.price_interval_ms, {100, 60'000},
                "how often prices are read");
}

void DeclarePayment(WorkerConfig* config, KeySet* keys) {
  auto& payment = config->payment;
  keys->Integer("payment.max_order_total_nano", &payment.max_order_total_nano, {},
                "ceiling of one order in nanoton, 0: none");
  keys->Integer("payment.fee_floor_nano", &payment.fee_floor_nano, {10'000'000, 10'000'000'000},
                "kept in the wallet");
  keys->Integer("payment.fee_per_message_nano", &payment.fee_per_message_nano,
                {1'000'000, 1'000'000'000}, "kept for each message");
  keys->Integer("payment.valid_for_ms", &payment.valid_for_ms, {2'000, 600'000},
                "life of a signature");
  keys->Integer("payment.expiry_margin_ms", &payment.expiry_margin_ms, {500, 600'000},
                "state time past valid_until before a transfer counts as dead");
  keys->Integer("payment.invoice_min_life_ms", &payment.invoice_min_life_ms, {1'000, 600'000},
                "least life of an invoice that is signed for");
  keys->Integer("payment.resend_every_ms", &payment.resend_every_ms, kMillis,
                "pause between hand-overs of the same bytes");
  keys->Integer("payment.poll_every_ms", &payment.poll_every_ms, kMillis,
                "pause between looks for a transfer");
  keys->Integer("payment.read_retry_ms", &payment.read_retry_ms, kMillis,
                "pause after a provider could not be read");
  keys->Integer("payment.unknown_limit_ms", &payment.unknown_limit_ms, kMillis,
                "contradiction before a person is called");
  keys->Integer("payment.review_poll_ms", &payment.review_poll_ms, kMillis,
                "pause between looks for late evidence");
  auto& delivery = config->delivery;
  keys->Integer("delivery.wait_ms", &delivery.wait_ms, kMillis, "wait before a person is called");
  keys->Integer("delivery.poll_ms", &delivery.poll_ms, kMillis, "pause in the first minute");
  keys->Integer("delivery.slow_poll_ms", &delivery.slow_poll_ms, kMillis, "pause later");
  auto& webhooks = config->webhooks;
  keys->Flag("webhooks.allow_private_callbacks", &webhooks.allow_private_callbacks,
             "deliver to private addresses and over plain http");
  keys->TextList("webhooks.refused_networks", &webhooks.refused_networks,
                 "networks that are never called, in CIDR notation");
  keys->Integer("webhooks.threads", &webhooks.threads, {1, 256}, "deliveries at once");
  keys->Integer("webhooks.poll_ms", &webhooks.poll_ms, {10, 60'000},
                "pause between looks for due deliveries");
  keys->Integer("webhooks.lease_ms", &webhooks.lease_ms, {16'000, 600'000},
                "how long a dead worker's deliveries stay taken");
}

void CheckRoles(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  if (config.worker.roles.empty()) mistakes->push_back("worker.roles: must not be empty");
  for (const std::string& role : config.worker.roles) {
    if (role != "purchase" && role != "quote" && role != "announce" && role != "webhook") {
      mistakes->push_back(absl::StrCat("worker.roles: there is no role '", role, "'"));
    }
  }
  if (config.HasRole("purchase") && config.keys.wallet_private_key_file.empty()) {
    mistakes->push_back("keys.wallet_private_key_file: the role purchase needs it");
  }
  if (config.HasRole("webhook") && config.keys.endpoint_private_key_file.empty()) {
    mistakes->push_back("keys.endpoint_private_key_file: the role webhook needs it");
  }
  if (config.HasRole("purchase") && config.fragment.allowed_payees.empty()) {
    mistakes->push_back("fragment.allowed_payees: must not be empty");
  }
}

void CheckQuote(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  const auto& quote = config.quote;
  const TlsPaths tls{quote.tls_ca_file, quote.tls_certificate_file, quote.tls_key_file};
  if (!tls.AllOrNone()) {
    mistakes->push_back("quote: tls_ca_file, tls_certificate_file and tls_key_file go together");
  }
  const absl::StatusOr<Endpoint> listen = ParseEndpoint(quote.listen);
  if (!listen.ok()) {
    mistakes->push_back(absl::StrCat("quote.listen: ", listen.status().message()));
  } else if (!tls.Given() && !IsLoopback(listen->host)) {
    mistakes->push_back("quote.listen: off loopback mutual TLS is required");
  }
}

// What a production profile refuses: everything that a test may shorten or open.
void CheckProduction(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  if (!config.fragment.base_url.empty()) {
    mistakes->push_back("fragment.base_url: refused by the production profile");
  }
  if (config.webhooks.allow_private_callbacks) {
    mistakes->push_back("webhooks.allow_private_callbacks: refused by the production profile");
  }
  if (config.HasRole("purchase") && config.HasRole("webhook")) {
    mistakes->push_back("worker.roles: purchase and webhook never share a process in production");
  }
  if (!absl::StartsWith(config.toncenter.base_url, "https://")) {
    mistakes->push_back("toncenter.base_url: must be https in the production profile");
  }
  // A lease outlives the calls between two of its renewals: three of Fragment's, four of the
  // chain's.
  if (3 * config.fragment.timeout_ms > config.worker.lease_ms ||
      4 * config.toncenter.timeout_ms > config.worker.lease_ms) {
    mistakes->push_back(
        "worker.lease_ms: must be at least 3 * fragment.timeout_ms and 4 * toncenter.timeout_ms");
  }
  if (config.payment.expiry_margin_ms < 15'000 || config.payment.invoice_min_life_ms < 60'000) {
    mistakes->push_back(
        "payment: expiry_margin_ms below 15000 or invoice_min_life_ms below 60000 is refused by "
        "the "
        "production profile");
  }
}

// The mistakes of files, each under the name of its key.
class FileCheck {
 public:
  void Key(absl::string_view name, const std::string& path) { Tell(name, ReadKeyFile(path)); }
  void Password(absl::string_view name, const std::string& path) {
    Tell(name, ReadPasswordFile(path));
  }
  // A file that somebody else reads later.
  void Readable(absl::string_view name, const std::string& path) {
    struct stat facts = {};
    if (path.empty()) return;
    if (stat(path.c_str(), &facts) != 0 || access(path.c_str(), R_OK) != 0) {
      Add(name, absl::StrCat(path, ": cannot be read: ", std::strerror(errno)));
    } else if (!S_ISREG(facts.st_mode)) {
      Add(name, absl::StrCat(path, ": is not a regular file"));
    }
  }
  absl::Status Mistakes() const { return ConfigMistakes(mistakes_); }

 private:
  void Tell(absl::string_view name, const absl::StatusOr<Secret>& read) {
    if (!read.ok()) Add(name, read.status().message());
  }
  void Add(absl::string_view name, absl::string_view what) {
    mistakes_.push_back(absl::StrCat(name, ": ", what));
  }

  std::vector<std::string> mistakes_;
};

}  // namespace

bool WorkerConfig::HasRole(absl::string_view role) const {
  return std::find(worker.roles.begin(), worker.roles.end(), std::string(role)) !=
         worker.roles.end();
}

void DeclareWorkerKeys(WorkerConfig* config, KeySet* keys) {
  DeclareProfile(&config->profile.name, &config->log.level, keys);
  DeclareWorker(config, keys);
  DeclareOutside(config, keys);
  DeclarePayment(config, keys);
}

absl::Status CheckWorkerConfig(const WorkerConfig& config) {
  std::vector<std::string> mistakes;
  CheckRoles(config, &mistakes);
  CheckQuote(config, &mistakes);
  CheckTransport(config.database.url, config.redis.address, config.profile.name, &mistakes);
  if (config.profile.name == kProductionProfile) CheckProduction(config, &mistakes);
  return ConfigMistakes(mistakes);
}

absl::Status CheckWorkerFiles(const WorkerConfig& config) {
  FileCheck check;
  if (config.HasRole("purchase")) {
    check.Key("keys.wallet_private_key_file", config.keys.wallet_private_key_file);
  }
  if (config.HasRole("webhook")) {
    check.Key("keys.endpoint_private_key_file", config.keys.endpoint_private_key_file);
  }
  check.Password("redis.password_file", config.redis.password_file);
  check.Password("toncenter.api_key_file", config.toncenter.api_key_file);
  if (config.HasRole("quote")) {
    check.Readable("quote.tls_ca_file", config.quote.tls_ca_file);
    check.Readable("quote.tls_certificate_file", config.quote.tls_certificate_file);
    check.Readable("quote.tls_key_file", config.quote.tls_key_file);
  }
  return check.Mistakes();
}

absl::StatusOr<WorkerConfig> ReadWorkerConfig(const std::string& path,
                                              const Environment& environment) {
  WorkerConfig config;
  KeySet keys;
  DeclareWorkerKeys(&config, &keys);
  RETURN_IF_ERROR(keys.ReadFile(path, environment));
  RETURN_IF_ERROR(CheckWorkerConfig(config));
  return config;
}

}  // namespace starlift
