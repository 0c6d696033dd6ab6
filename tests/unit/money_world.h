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
#include "domain/order/funding_account.h"
#include "domain/payment/lane_step.h"
#include "domain/payment/lost_judge.h"
#include "domain/payment/rollback_watch.h"
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
  std::string AddWallet(int number, bool deployed = true, Units balance = Units(10'000'000'000),
                        WalletVersion version = WalletVersion::kV5R1) {
    const ton::KeyPair key = ton::KeyPairFromSeed(SeedOf(number));
    const std::string address = chain.AddWallet(key.public_key, balance, deployed, version);
    payers[address] = {address, version, ton::HexOf(key.public_key)};
    seeds[address] = number;
    return address;
  }

  // The same, of this installation: its lane is there, and its key.
  std::string AddHouseWallet(int number, Units balance = Units(10'000'000'000),
                             WalletVersion version = WalletVersion::kV5R1) {
    const std::string address = AddWallet(number, true, balance, version);
    database.AddLane(payers.at(address)).house = true;
    house_keys.seeds[address] = SeedOf(number);
    return address;
  }

  // A session of the house with `wallet` connected to it.
  void AddHouseSession(const std::string& name, const std::string& wallet, int places = 1,
                       bool foreign_payer = false) {
    FakeSessionRow& session = database.sessions[name];
    session.kind = SessionKind::kHouse;
    session.name = name;
    session.wallet = wallet;
    session.max_open_orders = places;
    session.foreign_payer = foreign_payer;
    session.jar =
        vault.Seal(Secret::FromString("cookies=1"), {TenantId(), "session", name, "session_jar"});
    market.accounts[name].wallet = wallet;
  }

  // Another provider of the same chain, for the workers that are made later.
  FakeProvider& AddProvider() {
    providers.push_back(std::make_unique<FakeProvider>(chain));
    return *providers.back();
  }

  // A QUEUED order of 100 Stars. The same session name is the same Fragment account.
  OrderId Buy(const std::string& name, const std::string& wallet, const std::string& session) {
    NewOrder fresh = Paid(tenant, name, {wallet, session}, clock.Now());
    fresh.queued->order.payer = payers.at(wallet);
    fresh.queued->order.execute_by = clock.Now() + execute_window;
    const Order& order = fresh.queued->order;
    fresh.queued->ledger = {
        Hold(order.id, FundingAccount(order), order.quote.asset, order.quote.max_total)};
    fresh.payment->wallet_key = vault.Seal(Secret(SeedOf(seeds.at(wallet))),
                                           {order.tenant, "order", order.id.value(), "wallet_key"});
    fresh.payment->session_jar = vault.Seal(Secret::FromString("cookies=1"), Jar(session));
    const CreateResult result = orders.Create({&fresh, 1}).front();
    EXPECT_TRUE(result.status.ok()) << result.status;
    return order.id;
  }

  // The same, paid from the tenant's credit (which gets it first) by the house.
  OrderId BuyFromCredit(const std::string& name) {
    NewOrder fresh = Unpaid(tenant, name, clock.Now());
    Order& order = fresh.created.order;
    order.funding = Funding::kBalance;
    order.session_kind = SessionKind::kHouse;
    database.Book(Credit(tenant, Asset::kTon, order.quote.max_total));
    OrderChange queued{Move(order, OrderState::kQueued, clock.Now()), {}};
    queued.order.execute_by = clock.Now() + execute_window;
    queued.ledger = {
        Hold(order.id, FundingAccount(order), order.quote.asset, order.quote.max_total)};
    fresh.queued = queued;
    fresh.payment = SecuredPayment{name, std::string(64, 'e'), {}, {}, {}};
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
  FakeEraStore eras{database};
  FakeWitnessLog witness;
  FakeHouseKeys house_keys;
  FakeChain chain{clock};                                // and its first provider
  std::vector<std::unique_ptr<FakeProvider>> providers;  // the others
  FakeMarket market{clock};
  PlainVault vault;
  RecordingSignal signal;
  SeededRandom random;
  PurchaseRules rules;
  absl::Duration execute_window = absl::Hours(24);
  std::map<std::string, Payer> payers;  // by wallet
  std::map<std::string, int> seeds;     // by wallet
};

// One worker's process, and what it sees of the world. Its rules are those of the world when it is
// made.
struct Worker {
  Worker(MoneyWorld& world, std::string the_name)
      : name(std::move(the_name)),
        lanes(world.lanes, fate),
        purchases(world.purchases, fate),
        chain(world.chain, fate),
        witness(world.witness, fate),
        eras(world.eras, fate),
        signal(world.signal, fate),
        providers(All(world)),
        lane({lanes, providers, witness, eras, world.house_keys, world.vault, signal, world.clock,
              world.random},
             world.rules.payment),
        releases(witness, eras, lanes),
        purchase({purchases, releases, world.market, world.vault, world.vault, signal, world.clock,
                  world.random},
                 world.rules),
        watch(witness, eras, world.rules.payment.expiry_margin),
        judge(eras, providers, world.clock, world.rules.payment) {}

  absl::StatusOr<absl::Time> Run(const WorkItem& item) {
    fate.Revive();
    return item.kind == WorkItem::Kind::kLane ? lane.Run(item.id, name)
                                              : purchase.Run(OrderId(item.id), name);
  }

  // "a" is the world's chain, "b", "c" … its other providers.
  std::vector<Provider> All(MoneyWorld& world) {
    std::vector<Provider> all = {{"a", &chain}};
    for (const auto& provider : world.providers) {
      others.push_back(std::make_unique<MortalChain>(*provider, fate));
      all.push_back({std::string(1, static_cast<char>('a' + all.size())), others.back().get()});
    }
    return all;
  }

  const std::string name;
  Fate fate;
  MortalLaneStore lanes;
  MortalPurchaseStore purchases;
  MortalChain chain;
  MortalWitnessLog witness;
  MortalEraStore eras;
  MortalSignal signal;
  std::vector<std::unique_ptr<MortalChain>> others;
  Providers providers;
  LaneStep lane;
  ReleaseGuard releases;
  PurchaseStep purchase;
  RollbackWatch watch;
  LostJudge judge;
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
