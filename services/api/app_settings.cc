#include "services/api/app_settings.h"

#include <array>

#include "absl/strings/escaping.h"
#include "adapters/config/key_files.h"
#include "base/status_macros.h"
#include "domain/webhook/callback_url.h"

namespace starlift {
namespace {

absl::StatusOr<std::string> PublicKeyHex(const std::string& path) {
  ASSIGN_OR_RETURN(const auto key, ReadPublicKeyFile(path));
  return absl::BytesToHexString({reinterpret_cast<const char*>(key.data()), key.size()});
}

}  // namespace

absl::StatusOr<ApiKeys> ReadApiKeys(const ApiConfig& config) {
  ApiKeys keys;
  ASSIGN_OR_RETURN(keys.pepper, ReadKeyFile(config.keys.pepper_file));
  ASSIGN_OR_RETURN(keys.page_token, ReadKeyFile(config.keys.page_token_file));
  ASSIGN_OR_RETURN(keys.identity, ReadKeyFile(config.keys.identity_file));
  ASSIGN_OR_RETURN(keys.wallet_public_hex, PublicKeyHex(config.keys.wallet_public_key_file));
  ASSIGN_OR_RETURN(keys.endpoint_public_hex, PublicKeyHex(config.keys.endpoint_public_key_file));
  return keys;
}

absl::Status CheckKeyFiles(const ApiConfig& config) {
  RETURN_IF_ERROR(ReadApiKeys(config).status());
  RETURN_IF_ERROR(rpc::CheckTlsFiles(ServerTlsOf(config)));
  RETURN_IF_ERROR(rpc::CheckTlsFiles(OperatorTlsOf(config)));
  RETURN_IF_ERROR(rpc::CheckTlsFiles(QuoteOptionsOf(config).tls));
  return ReadPasswordFile(config.redis.password_file).status();
}

postgres::PoolOptions PoolOptionsOf(const ApiConfig& config) {
  postgres::PoolOptions options;
  options.url = config.database.url;
  options.size = static_cast<int>(config.database.pool_size);
  return options;
}

// Two connections: as many as there are threads for operators.
postgres::PoolOptions WitnessPoolOptionsOf(const ApiConfig& config) {
  postgres::PoolOptions options;
  options.url = config.operators.witness_url;
  options.size = 2;
  return options;
}

absl::StatusOr<redis::RedisOptions> RedisOptionsOf(const ApiConfig& config) {
  redis::RedisOptions options;
  options.address = config.redis.address;
  ASSIGN_OR_RETURN(options.password, ReadPasswordFile(config.redis.password_file));
  return options;
}

rpc::TlsFiles ServerTlsOf(const ApiConfig& config) {
  return {"", config.server.tls_certificate_file, config.server.tls_key_file};
}

rpc::TlsFiles OperatorTlsOf(const ApiConfig& config) {
  const auto& operators = config.operators;
  return {operators.tls_ca_file, operators.tls_certificate_file, operators.tls_key_file};
}

rpc::QuoteClient::Options QuoteOptionsOf(const ApiConfig& config) {
  const auto& quote = config.quote_service;
  return {quote.targets,
          {quote.tls_ca_file, quote.tls_certificate_file, quote.tls_key_file},
          quote.tls_server_name};
}

IntakePolicy IntakePolicyOf(const ApiConfig& config) {
  IntakePolicy policy;
  policy.products = {config.products.min_stars, config.products.max_stars};
  policy.pricing.tolerance_bps = static_cast<int32_t>(config.pricing.tolerance_bps);
  policy.pricing.commission_bps_house = static_cast<int32_t>(config.pricing.commission_bps_house);
  policy.pricing.network_reserve = Units(config.pricing.network_reserve_nano);
  policy.pricing.max_price_age = absl::Seconds(config.pricing.max_price_age_s);
  policy.pricing.quote_lifetime = absl::Seconds(config.pricing.quote_lifetime_s);
  policy.execute_window = absl::Seconds(config.orders.execute_window_s);
  const CallbackRules rules{config.webhooks.allow_private_callbacks};
  policy.callback = [rules](absl::string_view url) { return CheckCallbackUrl(url, rules); };
  return policy;
}

}  // namespace starlift
