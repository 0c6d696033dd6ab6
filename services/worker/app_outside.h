#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "adapters/config/worker_config.h"
#include "adapters/fragment/marketplace.h"
#include "adapters/fragment/public_market.h"
#include "adapters/http/client.h"
#include "adapters/toncenter/chain.h"
#include "domain/fulfillment/purchase_step.h"

namespace starlift {

// The world outside, as this worker's configuration names it: one pinned HTTP client each for the
// marketplace and the chain.
struct Outside {
  std::unique_ptr<http::Client> market_client;
  std::unique_ptr<http::Client> chain_client;
  std::unique_ptr<fragment::FragmentMarketplace> market;
  std::unique_ptr<fragment::FragmentPublicMarket> public_market;
  std::unique_ptr<toncenter::ToncenterChain> chain;

  // Ends calls in progress.
  void Stop();
};

absl::StatusOr<Outside> ReachOutside(const WorkerConfig& config);

// The configured rules in the domain's terms. INVALID_ARGUMENT for a payee that is no address.
absl::StatusOr<PurchaseRules> RulesFrom(const WorkerConfig& config);

}  // namespace starlift
