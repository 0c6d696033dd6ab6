#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/config/worker_config.h"
#include "adapters/fragment/marketplace.h"
#include "adapters/fragment/public_market.h"
#include "adapters/http/client.h"
#include "adapters/toncenter/chain.h"
#include "adapters/toncenter/steady_chain.h"
#include "domain/fulfillment/purchase_step.h"
#include "domain/payment/providers.h"
#include "services/worker/any_provider.h"
#include "services/worker/app_ground.h"
#include "services/worker/observing.h"
#include "services/worker/periodic.h"

namespace starlift {

// One chain provider, in all that it is wrapped in.
struct ChainProvider {
  std::string name;  // host:port, for logs and metrics
  std::unique_ptr<http::Client> client;
  std::unique_ptr<toncenter::ToncenterChain> chain;
  std::unique_ptr<toncenter::SteadyChain> steady;
  std::unique_ptr<ObservedChain> observed;
};

// The world outside, as this worker's configuration names it: one pinned HTTP client each for the
// marketplace and every chain provider.
struct Outside {
  std::unique_ptr<http::Client> market_client;
  std::unique_ptr<fragment::FragmentMarketplace> market;
  std::unique_ptr<fragment::FragmentPublicMarket> public_market;
  std::vector<ChainProvider> chain_providers;
  std::unique_ptr<Providers> providers;
  std::unique_ptr<AnyProvider> any_provider;
  // Asks those that have not proved their network again and again, and says so.
  std::unique_ptr<Periodic> prover;

  // Ends calls in progress.
  void Stop();
};

// The result stays where it is: its parts point at each other.
absl::StatusOr<std::unique_ptr<Outside>> ReachOutside(const WorkerConfig& config, Ground& ground);

// The configured rules in the domain's terms. INVALID_ARGUMENT for a payee that is no address.
absl::StatusOr<PurchaseRules> RulesFrom(const WorkerConfig& config);

}  // namespace starlift
