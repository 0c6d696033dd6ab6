#include "adapters/config/worker_config.h"

#include <algorithm>

#include "adapters/config/profile.h"
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
  auto& witness = config->witness;
  keys->Text("witness.url", &witness.url, "PostgreSQL connection URL of the witness log");
  keys->Integer("witness.pool_size", &witness.pool_size, {1, 100}, "connections to it");
  keys->Text("witness.migrations_directory", &witness.migrations_directory,
             "where --migrate-witness finds its files");
  keys->Flag("witness.allow_same_server", &witness.allow_same_server,
             "test profile only: the witness log on the database's own server");
  keys->RequiredText("redis.address", &config->redis.address, "host:port of Redis");
  keys->Text("redis.password_file", &config->redis.password_file, "file with Redis' password");
  keys->Text("keys.wallet_private_key_file", &config->keys.wallet_private_key_file,
             "key that opens wallets and sessions (role purchase)");
  keys->Text("keys.endpoint_private_key_file", &config->keys.endpoint_private_key_file,
             "key that opens webhook secrets (role webhook)");
  keys->Text("keys.identity_file", &config->keys.identity_file,
             "the api's key that names Fragment accounts (house.sessions)");
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
                "first wait for a place on a session");
  keys->Integer("fragment.session_busy_most_ms", &fragment.session_busy_most_ms, kMillis,
                "longest wait for a place on a house session");
  auto& toncenter = config->toncenter;
  keys->TextList("toncenter.base_urls", &toncenter.base_urls, "chain providers");
  keys->TextList("toncenter.api_key_files", &toncenter.api_key_files,
                 "files with the providers' keys, in the same order");
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
  keys->Integer("payment.head_bound_ms", &payment.head_bound_ms, {100, 600'000},
                "how far a provider may be behind and still have a say");
  keys->Integer("payment.most_payments", &payment.most_payments, {1, 255},
                "payments of one signature");
  keys->Integer("payment.max_displacements", &payment.max_displacements, {1, 100},
                "foreign uses of a wallet in ten minutes before its lane rests");
  keys->Integer("payment.displaced_rest_ms", &payment.displaced_rest_ms, kMillis,
                "how long such a lane rests");
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

void DeclareHouse(WorkerConfig* config, KeySet* keys) {
  auto& house = config->house;
  keys->Tables<HouseWalletConfig>(
      "house.wallets", &house.wallets, [](HouseWalletConfig* wallet, KeySet* row) {
        row->RequiredText("name", &wallet->name, "what people and metrics call it");
        row->Choice("version", &wallet->version, {"v5r1", "v4r2"}, "its contract");
        row->RequiredText("key_file", &wallet->key_file, "64 hex characters, or its 24 words");
      });
  keys->Tables<HouseSessionConfig>(
      "house.sessions", &house.sessions, [](HouseSessionConfig* session, KeySet* row) {
        row->RequiredText("name", &session->name, "what people and the database call it");
        row->RequiredText("cookies_file", &session->cookies_file, "its cookies, one line");
        row->RequiredText("wallet", &session->wallet, "a house wallet's name, or an address");
        row->Flag("foreign_payer", &session->foreign_payer,
                  "its invoices may be paid from any house wallet");
        row->Integer("max_open_orders", &session->max_open_orders, {1, 1000},
                     "orders that it has at once");
        row->Integer("pace_ms", &session->pace_ms, {0, 600'000}, "pause between two conversations");
      });
  keys->Integer("house.low_balance_nano", &house.low_balance_nano, {},
                "balance below which a house wallet counts as low");
  keys->Integer("house.balance_interval_ms", &house.balance_interval_ms, {100, 3'600'000},
                "how often house wallets are looked at");
}

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
  DeclareHouse(config, keys);
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
