#include "services/worker/app_house.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/config/key_files.h"
#include "adapters/vault/identity.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "domain/order/intake_cookies.h"
#include "domain/payment/wallet_contract.h"
#include "ton/address.h"
#include "ton/mnemonic.h"

namespace starlift {

absl::StatusOr<std::unique_ptr<House>> ReadHouse(const WorkerConfig& config) {
  auto house = std::make_unique<House>();
  const auto network = static_cast<int32_t>(config.wallet.network_global_id);
  for (const HouseWalletConfig& wallet : config.house.wallets) {
    ASSIGN_OR_RETURN(const Secret seed, ReadWalletKeyFile(wallet.key_file));
    ton::KeyPair key = ton::KeyPairFromSeed(seed.Reveal());
    House::Wallet& known = house->wallets.emplace_back();
    known.name = wallet.name;
    known.payer = PayerFor(ParseWalletVersion(wallet.version), key.public_key, network);
    RETURN_IF_ERROR(house->keys.Add(known.payer.wallet_address, std::move(key.seed)));
  }
  return house;
}

namespace {

// A house wallet's name, or an address; the configuration was checked.
absl::StatusOr<std::string> AddressOf(const House& house, const std::string& wallet) {
  for (const House::Wallet& known : house.wallets) {
    if (known.name == wallet) return known.payer.wallet_address;
  }
  ASSIGN_OR_RETURN(const ton::Address address, ton::ParseAddress(wallet));
  return ton::RawForm(address);
}

absl::StatusOr<HouseSession> SessionFrom(const HouseSessionConfig& config, const House& house,
                                         const Secret& identity_key, const Sealer& sealer) {
  ASSIGN_OR_RETURN(const Secret text, ReadCookiesFile(config.cookies_file));
  ASSIGN_OR_RETURN(const SessionCookies cookies, ParseSessionCookies(text));
  HouseSession session;
  session.id = vault::SessionIdFor(cookies.token, identity_key);
  session.name = config.name;
  ASSIGN_OR_RETURN(session.wallet, AddressOf(house, config.wallet));
  session.foreign_payer = config.foreign_payer;
  session.max_open_orders = static_cast<int32_t>(config.max_open_orders);
  session.pace = absl::Milliseconds(config.pace_ms);
  session.jar =
      sealer.Seal(cookies.jar, {TenantId(), "session", session.id.value(), "session_jar"});
  session.cookies_digest = vault::CookiesDigest(cookies.jar, identity_key);
  return session;
}

}  // namespace

absl::Status RegisterHouse(const WorkerConfig& config, const House& house, const Sealer& sealer,
                           HouseRegistry& registry) {
  std::vector<Payer> wallets;
  for (const House::Wallet& wallet : house.wallets) wallets.push_back(wallet.payer);
  std::vector<HouseSession> sessions;
  if (!config.house.sessions.empty()) {
    ASSIGN_OR_RETURN(const Secret identity_key, ReadKeyFile(config.keys.identity_file));
    for (const HouseSessionConfig& session : config.house.sessions) {
      ASSIGN_OR_RETURN(sessions.emplace_back(), SessionFrom(session, house, identity_key, sealer));
    }
  }
  return registry.Register(wallets, sessions);
}

BalanceWatch::BalanceWatch(const House& house, const WorkerConfig& config, Chain& chain,
                           Ground& ground)
    : house_(house), low_(config.house.low_balance_nano), chain_(chain), ground_(ground) {
  ground.metrics.DescribeGauge("starlift_house_wallet_balance_nano", "What a house wallet holds.");
  ground.metrics.DescribeGauge("starlift_house_wallet_low",
                               "1 when a house wallet holds less than house.low_balance_nano.");
  if (house.wallets.empty()) return;
  periodic_ = std::make_unique<Periodic>(absl::Milliseconds(config.house.balance_interval_ms),
                                         [this] { return Look(); });
}

bool BalanceWatch::Look() {
  for (const House::Wallet& wallet : house_.wallets) {
    const absl::StatusOr<AccountState> account = chain_.Account(wallet.payer.wallet_address);
    if (!account.ok()) continue;  // what was known stays; the provider's own metrics tell
    const int64_t balance = account->balance.value();
    ground_.metrics.Set("starlift_house_wallet_balance_nano", {{"wallet", wallet.name}},
                        static_cast<double>(balance));
    ground_.metrics.Set("starlift_house_wallet_low", {{"wallet", wallet.name}}, balance < low_);
    if (balance < low_) {
      Log(LogLevel::kWarn, "a house wallet is low",
          {{"wallet", wallet.name}, {"balance_nano", balance}});
    }
  }
  return false;
}

}  // namespace starlift
