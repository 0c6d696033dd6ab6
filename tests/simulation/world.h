#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "domain/fulfillment/purchase_rules.h"
#include "fakes/fake_chain.h"
#include "fakes/fake_era_store.h"
#include "fakes/fake_house_keys.h"
#include "fakes/fake_lane_store.h"
#include "fakes/fake_market.h"
#include "fakes/fake_order_store.h"
#include "fakes/fake_provider.h"
#include "fakes/fake_purchase_store.h"
#include "fakes/fake_witness_log.h"
#include "fakes/manual_clock.h"
#include "fakes/plain_vault.h"
#include "simulation/dice.h"
#include "simulation/plan.h"

namespace starlift::simulation {

// Tells the audit of every event that is written, and renders what tells events apart.
class TellingRenderer final : public EventRenderer {
 public:
  std::string Render(const Order& order) const override {
    if (on_event) on_event(order);
    return std::string(OrderStateName(order.state));
  }
  std::function<void(const Order& order)> on_event;
};

// A wallet with its key. The same number is the same wallet in every seed, so that keys and
// addresses are computed once for each process.
struct KnownWallet {
  Payer payer;
  std::array<uint8_t, 32> public_key{};
  std::vector<uint8_t> seed;
};
const KnownWallet& WalletNumber(int number, WalletVersion version);

// What all workers share: one database, one witness log, one chain with its providers, one
// marketplace; and the doors through which workers reach them. A planted mistake replaces a door.
struct World {
  explicit World(const Plan& the_plan);

  struct Doors {
    LaneStore* lanes = nullptr;
    PurchaseStore* purchases = nullptr;
    WitnessLog* witness = nullptr;
    EraStore* eras = nullptr;
    std::vector<Chain*> providers;
    Marketplace* market = nullptr;
  };

  void AddWallet(int number, bool house, Dice& dice);
  void AddHouseSession(int number);

  // A line of the run's story, if anybody listens.
  template <typename... Parts>
  void Tell(const Parts&... parts) const {
    if (listener) listener(absl::StrCat(parts...));
  }

  const Plan plan;
  std::function<void(const std::string& line)> listener;
  ManualClock clock;
  TellingRenderer renderer;
  FakeDatabase database{clock, renderer};
  FakeOrderStore orders{database};
  FakeLaneStore lanes{database};
  FakePurchaseStore purchases{database};
  FakeEraStore eras{database};
  FakeWitnessLog witness;
  FakeChain chain{clock};
  std::vector<std::unique_ptr<FakeProvider>> providers;
  FakeMarket market{clock};
  PlainVault vault;
  FakeHouseKeys house_keys;
  PurchaseRules rules;
  Doors doors;
  std::vector<std::string> wallets;  // of callers
  std::vector<std::string> house_wallets;
  std::map<std::string, const KnownWallet*> keys;  // by address
};

}  // namespace starlift::simulation
