// Mistakes about which seqno, which wallet and which history a signature belongs to.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulation/mistakes.h"
#include "simulation/passing_doors.h"

namespace starlift::simulation {
namespace {

// After an expiry the counter goes on: the next signature has another seqno, and the chain may
// admit both.
class NewSeqnoAfterExpiry final : public Planted, public PassingLaneStore {
 public:
  explicit NewSeqnoAfterExpiry(World& world) : PassingLaneStore(world.lanes), world_(world) {
    world.doors.lanes = this;
    for (Chain*& provider : world.doors.providers) {
      chains_.push_back(std::make_unique<CountingOn>(*provider, world));
      provider = chains_.back().get();
    }
  }

  absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet, absl::string_view owner,
                                            absl::Duration lease) override {
    absl::StatusOr<std::optional<Lane>> lane = PassingLaneStore::Claim(wallet, owner, lease);
    if (!lane.ok() || !lane->has_value()) return lane;
    Lane& seen = **lane;
    if (seen.unresolved || seen.provisional.empty()) return lane;
    const int64_t next = seen.provisional.front().seqno + 1;
    if (AdoptSeqno(seen, next, seen.last_lt).ok()) seen.next_seqno = next;
    seen.provisional.clear();
    return lane;
  }

 private:
  // Shows the wallet as if it counted like the lane.
  class CountingOn final : public PassingChain {
   public:
    CountingOn(Chain& inner, World& world) : PassingChain(inner), world_(world) {}
    absl::StatusOr<AccountState> Account(absl::string_view raw_address) override {
      absl::StatusOr<AccountState> account = PassingChain::Account(raw_address);
      const std::string wallet(raw_address);
      const auto lane = world_.database.lanes.find(wallet);
      if (!account.ok() || account->data == nullptr || lane == world_.database.lanes.end()) {
        return account;
      }
      FakeWallet::State state;
      state.seqno = std::max(world_.chain.seqno(wallet), lane->second.next_seqno.value_or(0));
      account->data = world_.chain.Of(wallet).Data(state);
      return account;
    }

   private:
    World& world_;
  };

  World& world_;
  std::vector<std::unique_ptr<Chain>> chains_;
};

// An order of the house whose payment died by expiry alone goes to another of its wallets.
class MovedToAnotherWallet final : public Planted, public PassingPurchaseStore {
 public:
  explicit MovedToAnotherWallet(World& world)
      : PassingPurchaseStore(world.purchases), world_(world) {
    world.doors.purchases = this;
  }

  absl::StatusOr<std::optional<SessionLease>> AcquireSession(const ClaimedOrder& claimed) override {
    auto lease = PassingPurchaseStore::AcquireSession(claimed);
    if (!lease.ok() || !lease->has_value()) return lease;
    FakeDatabase& database = world_.database;
    Order& order = database.Row(claimed.order.id)->order;
    const bool moves = order.funding == Funding::kBalance && order.state == OrderState::kQueued &&
                       database.ProvisionallyDead(order.id);
    if (!moves) return lease;
    for (const std::string& wallet : world_.house_wallets) {
      if (wallet == order.payer.wallet_address) continue;
      order.payer = world_.keys.at(wallet)->payer;
      (*lease)->payer = order.payer;
      world_.Tell("MISTAKE: ", order.request_id, " goes to ", wallet.substr(0, 8));
      break;
    }
    return lease;
  }

 private:
  World& world_;
};

// A transfer that is held DEAD by expiry is never looked for again.
class ResurrectionIgnored final : public Planted, public PassingLaneStore {
 public:
  explicit ResurrectionIgnored(World& world) : PassingLaneStore(world.lanes), world_(world) {
    world.doors.lanes = this;
  }

  absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet, absl::string_view owner,
                                            absl::Duration lease) override {
    absl::StatusOr<std::optional<Lane>> lane = PassingLaneStore::Claim(wallet, owner, lease);
    if (!lane.ok() || !lane->has_value()) return lane;
    const int64_t seqno = world_.chain.seqno(std::string(wallet));
    std::erase_if((*lane)->provisional,
                  [&](const Transfer& transfer) { return transfer.seqno < seqno; });
    return lane;
  }

 private:
  World& world_;
};

// The lane's first signature takes the wallet as it is, and does not look at what it did before.
class NoLookBack final : public Planted {
 public:
  explicit NoLookBack(World& world) {
    for (Chain*& provider : world.doors.providers) {
      chains_.push_back(std::make_unique<WithoutPayments>(*provider));
      provider = chains_.back().get();
    }
  }

 private:
  class WithoutPayments final : public PassingChain {
   public:
    using PassingChain::PassingChain;
    absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                     int limit) override {
      auto transactions = PassingChain::NewestTransactions(raw_address, limit);
      if (!transactions.ok()) return transactions;
      for (ChainTransaction& one : *transactions) one.out.clear();
      return transactions;
    }
  };
  std::vector<std::unique_ptr<Chain>> chains_;
};

// After a restore nobody asks what was signed before it.
class NoWitness final : public Planted, public WitnessLog {
 public:
  explicit NoWitness(World& world) : world_(world) { world.doors.witness = this; }
  absl::Status Write(const WitnessLine& line) override { return world_.witness.Write(line); }
  absl::StatusOr<WitnessAnswer> Ask(absl::string_view, int64_t,
                                    absl::Span<const OrderId>) override {
    return WitnessAnswer{};
  }
  absl::StatusOr<std::vector<WitnessLine>> LinesAfter(int64_t, int) override {
    return std::vector<WitnessLine>();
  }

 private:
  World& world_;
};

}  // namespace

void AddSeqnoMistakes(std::vector<Mistake>* all) {
  const auto late = [](Plan* plan) {
    plan->late_messages = 12;
    plan->lost_messages = std::max(plan->lost_messages, 50);
  };
  all->push_back({"new seqno after expiry", late, Plant<NewSeqnoAfterExpiry>});
  all->push_back({"an expired payment moved to another wallet",
                  [](Plan* plan) {
                    plan->lost_messages = std::max(plan->lost_messages, 50);
                    plan->balance_orders = 100;
                    plan->house_wallets = 3;
                    plan->house_sessions = 3;
                    plan->foreign_payer = true;
                  },
                  Plant<MovedToAnotherWallet>});
  all->push_back({"resurrection ignored", late, Plant<ResurrectionIgnored>});
  all->push_back({"first signing without a look back",
                  [](Plan* plan) { plan->outside_payments = 15; }, Plant<NoLookBack>});
  all->push_back({"no witness log at a restore",
                  [](Plan* plan) {
                    plan->restores = std::max(plan->restores, 1);
                    plan->unheeded.insert("told twice");  // it would be the first
                  },
                  Plant<NoWitness>});
}

}  // namespace starlift::simulation
