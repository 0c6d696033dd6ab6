#include "simulation/world.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "ton/mnemonic.h"

namespace starlift::simulation {
namespace {

constexpr int kMostWallets = 32;

KnownWallet MakeWallet(int number, WalletVersion version) {
  KnownWallet wallet;
  wallet.seed.assign(32, static_cast<uint8_t>(number + 1));
  wallet.public_key = ton::SigningKey(wallet.seed).public_key();
  wallet.payer = PayerFor(version, wallet.public_key, ton::kMainnet);
  return wallet;
}

PurchaseRules RulesOf(const Plan& plan) {
  PurchaseRules rules;
  rules.payment.allowed_payees = {FakeMarket::kPayeeRaw};
  rules.payment.max_order_total = Units(5'000'000'000);
  rules.payment.most_payments = plan.most_payments;
  // Coarser than in production: what is learnt by looking often is learnt by looking at all.
  rules.payment.poll_every = absl::Seconds(4);
  rules.payment.read_retry = absl::Seconds(6);
  rules.payment.resend_every = absl::Seconds(8);
  rules.payment.review_poll_every = absl::Minutes(2);
  rules.delivery_wait = absl::Minutes(20);
  rules.delivery_poll = absl::Seconds(10);
  rules.delivery_slow_poll = absl::Minutes(2);
  rules.review_poll = absl::Minutes(10);
  rules.session_busy = absl::Seconds(10);
  rules.session_busy_most = absl::Minutes(1);
  rules.outage_first = absl::Seconds(4);
  return rules;
}

}  // namespace

const KnownWallet& WalletNumber(int number, WalletVersion version) {
  static std::array<std::unique_ptr<KnownWallet>, 2 * kMostWallets> known;
  const size_t place = static_cast<size_t>(number) * 2 + (version == WalletVersion::kV4R2 ? 1 : 0);
  if (known.at(place) == nullptr) {
    known[place] = std::make_unique<KnownWallet>(MakeWallet(number, version));
  }
  return *known[place];
}

World::World(const Plan& the_plan) : plan(the_plan), rules(RulesOf(the_plan)) {
  chain.keep_sent = false;
  for (int i = 0; i < plan.providers; ++i) {
    providers.push_back(std::make_unique<FakeProvider>(chain));
    doors.providers.push_back(providers.back().get());
  }
  doors.lanes = &lanes;
  doors.purchases = &purchases;
  doors.witness = &witness;
  doors.eras = &eras;
  doors.market = &market;
  Dice dice(plan.seed ^ 0x776f726c64ULL);
  for (int i = 0; i < plan.wallets; ++i) AddWallet(i, false, dice);
  for (int i = 0; i < plan.house_wallets; ++i) AddWallet(plan.wallets + i, true, dice);
  for (int i = 0; i < plan.house_sessions; ++i) AddHouseSession(i);
}

void World::AddWallet(int number, bool house, Dice& dice) {
  const WalletVersion version =
      dice.Percent(plan.v4_wallets) ? WalletVersion::kV4R2 : WalletVersion::kV5R1;
  const KnownWallet& wallet = WalletNumber(number, version);
  const int64_t rich = 1'000'000'000LL * (20 + 3 * plan.orders);
  const int64_t balance = dice.Percent(plan.poor_wallets) ? rich / 20 / (1 + dice.Roll(8)) : rich;
  chain.AddWallet(wallet.public_key, Units(balance), !dice.Percent(plan.fresh_wallets), version);
  const std::string& address = wallet.payer.wallet_address;
  keys[address] = &wallet;
  if (!house) {
    wallets.push_back(address);
    return;
  }
  house_wallets.push_back(address);
  database.AddLane(wallet.payer).house = true;
  house_keys.seeds[address] = wallet.seed;
}

void World::AddHouseSession(int number) {
  const std::string id = absl::StrCat("house-", number);
  FakeSessionRow& session = database.sessions[id];
  session.kind = SessionKind::kHouse;
  session.name = id;
  session.wallet = house_wallets[static_cast<size_t>(number) % house_wallets.size()];
  session.max_open_orders = plan.house_places;
  session.foreign_payer = plan.foreign_payer;
  session.jar =
      vault.Seal(Secret::FromString("cookies=1"), {TenantId(), "session", id, "session_jar"});
  market.accounts[id].wallet = session.wallet;
}

}  // namespace starlift::simulation
