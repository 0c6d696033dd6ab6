#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/config/environment.h"
#include "adapters/config/key_set.h"

namespace starlift {

// deploy/config/api.toml says what each key means, its unit and its range.
struct ApiConfig {
  struct {
    std::string name = "production";
  } profile;
  struct {
    std::string level = "info";
  } log;
  struct {
    std::string listen = "127.0.0.1:8443";
    std::string admin_listen = "127.0.0.1:9464";
    std::string tls_certificate_file;
    std::string tls_key_file;
    bool reflection = false;
    int64_t executor_threads = 16;
    int64_t payment_threads = 64;
    int64_t executor_queue = 1024;
    int64_t max_watch_minutes = 30;
    int64_t max_watches_per_tenant = 2000;
    int64_t drain_s = 10;
  } server;
  struct {
    std::string listen;  // empty: not served
    std::string witness_url;
    std::string tls_ca_file;
    std::string tls_certificate_file;
    std::string tls_key_file;
  } operators;
  struct {
    std::string url;
    int64_t pool_size = 16;
    std::string migrations_directory;
  } database;
  struct {
    std::string address = "127.0.0.1:6379";
    std::string password_file;
  } redis;
  struct {
    std::vector<std::string> targets = {"127.0.0.1:8444"};
    std::string tls_ca_file;
    std::string tls_certificate_file;
    std::string tls_key_file;
    std::string tls_server_name;
    int64_t recipient_memory_s = 60;
  } quote_service;
  struct {
    std::string pepper_file;
    std::string page_token_file;
    std::string identity_file;
    std::string wallet_public_key_file;
    std::string endpoint_public_key_file;
  } keys;
  struct {
    int64_t min_stars = 50;
    int64_t max_stars = 1'000'000;
  } products;
  struct {
    int64_t tolerance_bps = 200;
    int64_t commission_bps_house = 100;
    int64_t network_reserve_nano = 52'000'000;
    int64_t max_price_age_s = 60;
    int64_t quote_lifetime_s = 600;
  } pricing;
  struct {
    int64_t execute_window_s = 86'400;
  } orders;
  struct {
    bool allow_private_callbacks = false;
  } webhooks;
  struct {
    int64_t network_global_id = -239;
  } wallet;
  struct {
    int64_t threads = 1;
    int64_t queue = 24;
  } stretching;
};

// Binds every key to its place in `config`.
void DeclareApiKeys(ApiConfig* config, KeySet* keys);

// What no key can say alone, and what a production profile refuses. A line for each mistake.
absl::Status CheckApiConfig(const ApiConfig& config);

absl::StatusOr<ApiConfig> ReadApiConfig(const std::string& path, const Environment& environment);

}  // namespace starlift
