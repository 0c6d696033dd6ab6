#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/config/worker_config.h"
#include "adapters/vault/house_keyring.h"
#include "domain/access/ports/sealer.h"
#include "domain/fulfillment/ports/house_registry.h"
#include "domain/order/order.h"
#include "domain/payment/ports/chain.h"
#include "services/worker/app_ground.h"
#include "services/worker/periodic.h"

namespace starlift {

// The house's wallets as this worker's files describe them.
struct House {
  struct Wallet {
    std::string name;
    Payer payer;
  };
  std::vector<Wallet> wallets;
  vault::HouseKeyring keys;
};

// Reads the key files. INVALID_ARGUMENT when two names turn out to be one wallet.
absl::StatusOr<std::unique_ptr<House>> ReadHouse(const WorkerConfig& config);

// Tells the registry what is configured: wallets get their lanes, accounts their sessions with
// cookies that only a worker can open.
absl::Status RegisterHouse(const WorkerConfig& config, const House& house, const Sealer& sealer,
                           HouseRegistry& registry);

// Looks at the house wallets again and again, and tells by metrics what they hold.
class BalanceWatch {
 public:
  BalanceWatch(const House& house, const WorkerConfig& config, Chain& chain, Ground& ground);

 private:
  bool Look();

  const House& house_;
  const int64_t low_;
  Chain& chain_;
  Ground& ground_;
  std::unique_ptr<Periodic> periodic_;  // last: it uses all of the above
};

}  // namespace starlift
