#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/config/api_config.h"
#include "adapters/postgres/pool.h"
#include "adapters/redis/connection.h"
#include "adapters/rpc/quote_client.h"
#include "base/secret.h"
#include "domain/order/intake.h"

namespace starlift {

// The keys that the api holds. It can seal, never open.
struct ApiKeys {
  Secret pepper;
  Secret page_token;
  Secret identity;
  std::string wallet_public_hex;
  std::string endpoint_public_hex;
};
absl::StatusOr<ApiKeys> ReadApiKeys(const ApiConfig& config);

// What --check-config says beyond the file itself: whether every file that it names can be used.
absl::Status CheckKeyFiles(const ApiConfig& config);

// The configuration in the words of each part.
postgres::PoolOptions PoolOptionsOf(const ApiConfig& config);
postgres::PoolOptions WitnessPoolOptionsOf(const ApiConfig& config);
absl::StatusOr<redis::RedisOptions> RedisOptionsOf(const ApiConfig& config);
rpc::TlsFiles ServerTlsOf(const ApiConfig& config);
rpc::TlsFiles OperatorTlsOf(const ApiConfig& config);
rpc::QuoteClient::Options QuoteOptionsOf(const ApiConfig& config);
IntakePolicy IntakePolicyOf(const ApiConfig& config);

}  // namespace starlift
