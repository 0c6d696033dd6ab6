#pragma once

#include <string>
#include <vector>

#include "fakes/mortal_worker.h"
#include "simulation/audit.h"
#include "simulation/wakes.h"
#include "simulation/world.h"

namespace starlift::simulation {

// What goes wrong in the world outside the workers' processes: the chain, its providers, the
// marketplace, the owners of wallets. Stops when it is told to.
class Weather {
 public:
  Weather(World& world, Audit& audit, Agenda& agenda, Dice& dice);

  // Once each tick.
  void Tick();
  // Before a worker asks a provider.
  void BeforeRead();
  // Before the marketplace answers.
  absl::Status Market(absl::string_view method);
  // The next block comes, unless the chain stands still.
  void Block();
  void Calm();

 private:
  struct Mood {
    FakeView view;
    absl::Time until = absl::InfinitePast();
  };

  FakeChain::Handover Handover(const WalletMessage& message);
  FakeChain::Run Run(const WalletMessage& message);
  void Spoil(MarketInvoice* invoice);
  FakeView Lag();
  FakeView Lie();
  void TurnUp();
  void UseWallet();
  void PayFromOutside();
  void SettlePayments();
  std::string AnyWallet();

  World& world_;
  Audit& audit_;
  Agenda& agenda_;
  Dice& dice_;
  const Plan& plan_;
  std::vector<Mood> moods_;  // by provider
  size_t settled_ = 0;       // of FakeChain::paid
  bool calm_ = false;
};

}  // namespace starlift::simulation
