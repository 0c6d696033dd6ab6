#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/config/environment.h"
#include "adapters/config/key_set.h"

namespace starlift {

// One of [[house.wallets]]: a wallet of this installation whose key this process holds.
struct HouseWalletConfig {
  std::string name;
  std::string version = "v5r1";  // or "v4r2"
  std::string key_file;
};

// One of [[house.sessions]]: a Fragment account of this installation.
struct HouseSessionConfig {
  std::string name;
  std::string cookies_file;
  std::string wallet;  // connected to it: a house wallet's name, or an address
  bool foreign_payer = false;
  int64_t max_open_orders = 10;
  int64_t pace_ms = 1'000;
};

// deploy/config/worker.toml says what each key means, its unit and its range.
struct WorkerConfig {
  struct {
    std::string name = "production";
  } profile;
  struct {
    std::string level = "info";
  } log;
  struct {
    std::string name = "worker";
    std::vector<std::string> roles = {"purchase", "quote", "announce"};
    std::string admin_listen = "127.0.0.1:9465";
    int64_t threads = 8;
    int64_t lease_ms = 15'000;
    int64_t announce_interval_ms = 2'000;
    int64_t drain_s = 10;
  } worker;
  struct {
    std::string url;
    int64_t pool_size = 16;
  } database;
  struct {
    std::string url;
    int64_t pool_size = 4;
    std::string migrations_directory;  // empty: migrations/witness beside the program
    bool allow_same_server = false;    // test profile only
  } witness;
  struct {
    std::string address = "127.0.0.1:6379";
    std::string password_file;
  } redis;
  struct {
    std::string wallet_private_key_file;
    std::string endpoint_private_key_file;
    std::string identity_file;
  } keys;
  struct {
    std::string base_url;  // test profile only; empty: https://fragment.com
    std::vector<std::string> allowed_payees = {"EQBAjaOyi2wGWlk-EDkSabqqnF-MrrwMadnwqrurKpkla9nE",
                                               "EQCFJEP4WZ_mpdo0_kMEmsTgvrMHG7K_tWY16pQhKHwoOoy2",
                                               "EQBeab7D38RIwypegbN7YZgQzwDbb8QfMMwY8ouJc3qPl91M"};
    int64_t timeout_ms = 4'000;
    int64_t outage_first_ms = 1'000;
    int64_t outage_most_ms = 60'000;
    int64_t session_busy_ms = 1'000;
    int64_t session_busy_most_ms = 15'000;
  } fragment;
  struct {
    std::vector<std::string> base_urls = {"https://toncenter.com"};  // the preferred one first
    std::vector<std::string> api_key_files;  // one for each, or none at all; an empty one: no key
    int64_t timeout_ms = 3'500;
  } toncenter;
  struct {
    int64_t network_global_id = -239;
  } wallet;
  struct {
    std::string listen = "127.0.0.1:8444";
    std::string tls_ca_file;
    std::string tls_certificate_file;
    std::string tls_key_file;
    int64_t price_interval_ms = 10'000;
  } quote;
  struct {
    int64_t max_order_total_nano = 0;
    int64_t fee_floor_nano = 50'000'000;
    int64_t fee_per_message_nano = 2'000'000;
    int64_t valid_for_ms = 90'000;
    int64_t expiry_margin_ms = 15'000;
    int64_t invoice_min_life_ms = 60'000;
    int64_t resend_every_ms = 3'000;
    int64_t poll_every_ms = 400;
    int64_t read_retry_ms = 1'000;
    int64_t unknown_limit_ms = 600'000;
    int64_t review_poll_ms = 30'000;
    int64_t head_bound_ms = 15'000;
    int64_t most_payments = 255;
    int64_t max_displacements = 3;
    int64_t displaced_rest_ms = 300'000;
  } payment;
  struct {
    std::vector<HouseWalletConfig> wallets;
    std::vector<HouseSessionConfig> sessions;
    int64_t low_balance_nano = 5'000'000'000;
    int64_t balance_interval_ms = 30'000;
  } house;
  struct {
    int64_t wait_ms = 7'200'000;
    int64_t poll_ms = 1'000;
    int64_t slow_poll_ms = 10'000;
  } delivery;
  struct {
    bool allow_private_callbacks = false;
    std::vector<std::string> refused_networks;
    int64_t threads = 8;
    int64_t poll_ms = 250;
    int64_t lease_ms = 30'000;
  } webhooks;

  bool HasRole(absl::string_view role) const;
};

// Binds every key to its place in `config`.
void DeclareWorkerKeys(WorkerConfig* config, KeySet* keys);

// What no key can say alone, and what a production profile refuses. A line for each mistake.
absl::Status CheckWorkerConfig(const WorkerConfig& config);

// Opens every file that the roles need: keys, phrases, cookies and passwords are read and have
// their shape, the TLS files are there. A line for each mistake, with the key's name and the path,
// never the content.
absl::Status CheckWorkerFiles(const WorkerConfig& config);

absl::StatusOr<WorkerConfig> ReadWorkerConfig(const std::string& path,
                                              const Environment& environment);

}  // namespace starlift
