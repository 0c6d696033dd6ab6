#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "sandbox/chain.h"
#include "sandbox/faults.h"
#include "sandbox/marketplace.h"
#include "sandbox/provider.h"
#include "ton/mnemonic.h"

namespace starlift::sandbox {

// A wallet whose phrase the sandbox gave out: it can sign for it when a test wants a stranger to.
struct MintedWallet {
  WalletVersion version = WalletVersion::kV5R1;
  ton::KeyPair key;
  uint32_t wallet_id = 0;
};

// Everything that is true in the sandbox, behind one lock. Whoever touches a member other than the
// lock, the clock and Wait holds `mutex`.
class World {
 public:
  World(const Clock* clock, std::unique_ptr<Random> random);

  std::mutex mutex;
  Faults faults;
  std::unique_ptr<Random> random;
  Chain chain;
  Marketplace market;
  std::map<ton::Address, MintedWallet> wallets;
  // The first, "a", is the main port's; the others were asked for on the command line.
  std::vector<std::unique_ptr<Provider>> providers;
  int64_t clock_offset_ms = 0;  // chain time = machine time + this

  int64_t MachineMs() const;
  int64_t ChainMs() const { return MachineMs() + clock_offset_ms; }
  // Another provider, with the next letter for a name.
  Provider* AddProvider();
  // Makes the next block unless a test holds them.
  void Tick();
  // Passes time without the lock; returns early when the sandbox ends. False then.
  bool Wait(int64_t ms);
  void Stop();

 private:
  const Clock* clock_;
  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
};

}  // namespace starlift::sandbox
