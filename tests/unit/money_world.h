#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "contract/order_examples.h"
#include "domain/fulfillment/purchase_step.h"
#include "domain/payment/lane_step.h"
#include "fakes/fake_chain.h"
#include "fakes/fake_lane_store.h"
#include "fakes/fake_market.h"
#include "fakes/fake_order_store.h"
#include "fakes/fake_purchase_store.h"
#include "fakes/manual_clock.h"
#include "fakes/mortal_worker.h"
#include "fakes/plain_renderer.h"
#include "fakes/plain_vault.h"
#include "fakes/recording_signal.h"
#include "fakes/seeded_random.h"

namespace starlift {

// What all workers share: one database, one chain, one marketplace.
struct MoneyWorld {
  explicit MoneyWorld(uint64_t seed = 1) : random(seed) {
    rules.payment.allowed_payees = {FakeMarket::kPayeeRaw};
  }

  // A wallet of a caller, with 10 TON. The same number is the same wallet. Returns the raw address.
  std::string AddWallet(int number, bool deployed = true, Units balance = Units(10'000'000'000)) {
    const ton::KeyPair key = ton::KeyPairFromSeed(SeedOf(number));
    const std::string address = chain.AddWallet(key.public_key, balance, deployed);
    public_keys[address] = ton::HexOf(key.public_key);
    seeds[address] = number;
    return address;
  }

  // A QUEUED order of 100 Stars. The same session name is the same Fragment account.
  OrderId Buy(const std::string& name, const std::string& wallet, const std::string& session) {
    NewOrder fresh = Paid(tenant, name, {wallet, session}, clock.Now());
    fresh.queued->order.payer.public_key_hex = public_keys.at(wallet);
    fresh.queued->order.execute_by = clock.Now() + execute_window;
    const Order& order = fresh.queued->order;
    fresh.payment->wallet_key = vault.Seal(Secret(SeedOf(seeds.at(wallet))),
                                           {order.tenant, "order", order.id.value(), "wallet_key"});
    fresh.payment->session_jar = vault.Seal(Secret::FromString("cookies=1"), Jar(session));
    const CreateResult result = orders.Create({&fresh, 1}).front();
    EXPECT_TRUE(result.status.ok()) << result.status;
    return order.id;
  }

  SealContext Jar(const std::string& session) const {
    return {tenant, "session", session, "session_jar"};
  }

  // Time goes by, and a block comes at its end.
  void Pass(absl::Duration duration) {
    clock.Advance(duration);
    chain.Block();
  }

  const Order& Load(const OrderId& id) const { return database.orders.at(id.value()).order; }
  std::string StateOf(const OrderId& id) const {
    return std::string(OrderStateName(Load(id).state));
  }
  FakeLaneRow& LaneOf(const std::string& wallet) { return database.lanes[wallet]; }

  // By time of signing.
  std::vector<Transfer> Transfers() const {
    std::vector<Transfer> transfers;
    for (const auto& [id, transfer] : database.transfers) transfers.push_back(transfer);
    std::stable_sort(transfers.begin(), transfers.end(), [](const Transfer& a, const Transfer& b) {
      return a.created_at < b.created_at;
    });
    return transfers;
  }

  int Ledger(const OrderId& id, LedgerKind kind) const {
    return static_cast<int>(
        std::count_if(database.ledger.begin(), database.ledger.end(),
                      [&](const LedgerTransaction& t) { return t.order == id && t.kind == kind; }));
  }

  // What the ledger says of an account.
  Units Balance(const std::string& account) const {
    Units sum;
    for (const LedgerTransaction& transaction : database.ledger) {
      for (const LedgerEntry& entry : transaction.entries) {
        if (entry.account == account) sum += entry.amount;
      }
    }
    return sum;
  }

  static std::vector<uint8_t> SeedOf(int number) {
    return std::vector<uint8_t>(32, static_cast<uint8_t>(number + 1));
  }

  const TenantId tenant{"ten_a"};
  ManualClock clock;
  PlainRenderer renderer;
  FakeDatabase database{clock, renderer};
  FakeOrderStore orders{database};
  FakeLaneStore lanes{database};
  FakePurchaseStore purchases{database};
  FakeChain chain{clock};
  FakeMarket market{clock};
  PlainVault vault;
  RecordingSignal signal;
  SeededRandom random;
  PurchaseRules rules;
  absl::Duration execute_window = absl::Hours(24);
  std::map<std::string, std::string> public_keys;  // by wallet
  std::map<std::string, int> seeds;                // by wallet
};

// One worker's process, and what it sees of the world. Its rules are those of the world when it is
// made.
struct Worker {
  Worker(MoneyWorld& world, std::string the_name)
      : name(std::move(the_name)),
        lanes(world.lanes, fate),
        purchases(world.purchases, fate),
        chain(world.chain, fate),
        signal(world.signal, fate),
        lane({lanes, chain, world.vault, signal, world.clock, world.random}, world.rules.payment),
        purchase(
            {purchases, world.market, world.vault, world.vault, signal, world.clock, world.random},
            world.rules) {}

  absl::StatusOr<absl::Time> Run(const WorkItem& item) {
    fate.Revive();
    return item.kind == WorkItem::Kind::kLane ? lane.Run(item.id, name)
                                              : purchase.Run(OrderId(item.id), name);
  }

  const std::string name;
  Fate fate;
  MortalLaneStore lanes;
  MortalPurchaseStore purchases;
  MortalChain chain;
  MortalSignal signal;
  LaneStep lane;
  PurchaseStep purchase;
};

// A world with one wallet and one worker, for tests that go step by step.
class MoneyTest : public testing::Test {
 protected:
  // Lets the time pass until the lane is due, then takes one step of it.
  absl::Time StepLane() { return Step({WorkItem::Kind::kLane, wallet_}, LaneDue()); }
  absl::Time StepOrder(const OrderId& id) {
    return Step({WorkItem::Kind::kOrder, id.value()},
                world_.database.orders.at(id.value()).lease.due);
  }

  // The same, and how long the step wants to wait then.
  absl::Duration WaitOfLane() {
    const absl::Time next = StepLane();
    return next - world_.clock.Now();
  }
  absl::Duration WaitOfOrder(const OrderId& id) {
    const absl::Time next = StepOrder(id);
    return next - world_.clock.Now();
  }

  // A new order with its invoice, of a session of its own.
  OrderId Invoiced(const std::string& name) {
    const OrderId id = world_.Buy(name, wallet_, absl::StrCat("ses-", name));
    StepOrder(id);
    EXPECT_EQ(world_.StateOf(id), "INVOICED");
    return id;
  }

  // Steps until the lane's transfer has a verdict other than LIVE; `steps` at most.
  void FollowLane(int steps = 400) {
    for (int i = 0; i < steps; ++i) {
      StepLane();
      if (world_.Transfers().back().verdict != Verdict::kLive) return;
    }
    FAIL() << "the transfer is still LIVE";
  }

  template <typename Condition>
  void StepLaneWhile(Condition go_on) {
    for (int i = 0; i < 5000 && go_on(); ++i) StepLane();
    EXPECT_FALSE(go_on());
  }

  // The order's next step, then the lane's: from QUEUED to PAYING.
  void PayAgain(const OrderId& id) {
    StepOrder(id);
    EXPECT_EQ(world_.StateOf(id), "INVOICED");
    StepLane();
    EXPECT_EQ(world_.StateOf(id), "PAYING");
  }

  // The next call of `method` meets this fate; all others are normal.
  void NextCall(const std::string& method, CallFate fate) {
    worker_.fate.choose = [this, method, fate](absl::string_view called) {
      if (called != method) return CallFate::kNormal;
      worker_.fate.choose = nullptr;
      return fate;
    };
  }

  absl::Time LaneDue() { return world_.LaneOf(wallet_).lease.due; }

  absl::Time Step(const WorkItem& item, absl::Time due) {
    if (due != absl::InfiniteFuture() && due > world_.clock.Now()) {
      world_.Pass(due - world_.clock.Now());
    }
    const absl::StatusOr<absl::Time> next = worker_.Run(item);
    EXPECT_TRUE(next.ok()) << next.status();
    return next.value_or(absl::InfiniteFuture());
  }

  absl::Status LaneFails() { return worker_.Run({WorkItem::Kind::kLane, wallet_}).status(); }

  MoneyWorld world_;
  const std::string wallet_ = world_.AddWallet(0);
  Worker worker_{world_, "w1"};
};

}  // namespace starlift
