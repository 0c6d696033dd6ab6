#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/config/endpoint.h"
#include "adapters/config/profile.h"
#include "adapters/config/transport.h"
#include "adapters/config/worker_config.h"
#include "ton/address.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

void CheckWitness(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  const auto& witness = config.witness;
  const bool production = config.profile.name == kProductionProfile;
  CheckDatabaseTransport("witness.url", witness.url, config.profile.name, mistakes);
  if (production && witness.allow_same_server) {
    mistakes->push_back("witness.allow_same_server: refused by the production profile");
  }
  if (witness.url.empty()) {
    if (config.HasRole("purchase")) {
      mistakes->push_back(
          "witness.url: the role purchase needs it: nothing is signed without a witness in another "
          "failure domain than the database");
    } else if (production) {
      mistakes->push_back("witness.url: must be given in the production profile");
    }
    return;
  }
  const DatabaseOverlap overlap = OverlapOf(config.database.url, witness.url);
  if (overlap.database) {
    mistakes->push_back(
        "witness.url: is the database of database.url; what a restore takes from the one it would "
        "take from the other");
  } else if (overlap.server && (production || !witness.allow_same_server)) {
    mistakes->push_back(
        "witness.url: is on the server of database.url, which witness.allow_same_server permits in "
        "the test profile alone");
  }
}

void CheckProviders(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  const auto& toncenter = config.toncenter;
  if (toncenter.base_urls.empty()) mistakes->push_back("toncenter.base_urls: must not be empty");
  const std::set<std::string> different(toncenter.base_urls.begin(), toncenter.base_urls.end());
  if (different.size() != toncenter.base_urls.size()) {
    mistakes->push_back("toncenter.base_urls: one provider stands there twice");
  }
  if (!toncenter.api_key_files.empty() &&
      toncenter.api_key_files.size() != toncenter.base_urls.size()) {
    mistakes->push_back(
        "toncenter.api_key_files: must have an entry for each of base_urls, or none at all");
  }
  const int64_t network = config.wallet.network_global_id;
  if (network != ton::kMainnet && network != ton::kTestnet) {
    mistakes->push_back("wallet.network_global_id: must be -239 (mainnet) or -3 (testnet)");
  }
}

// `names` of one list: each given, each once.
template <typename Rows>
void CheckNames(absl::string_view list, const Rows& rows, std::vector<std::string>* mistakes) {
  std::set<std::string> names;
  for (const auto& row : rows) {
    if (!names.insert(row.name).second) {
      mistakes->push_back(absl::StrCat(list, ": the name '", row.name, "' stands there twice"));
    }
  }
}

void CheckHouse(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  const auto& house = config.house;
  CheckNames("house.wallets", house.wallets, mistakes);
  CheckNames("house.sessions", house.sessions, mistakes);
  if (!house.sessions.empty() && config.HasRole("purchase") && config.keys.identity_file.empty()) {
    mistakes->push_back("keys.identity_file: house.sessions need it");
  }
  for (const HouseSessionConfig& session : house.sessions) {
    const bool named =
        std::any_of(house.wallets.begin(), house.wallets.end(),
                    [&](const HouseWalletConfig& wallet) { return wallet.name == session.wallet; });
    if (named || ton::ParseAddress(session.wallet).ok()) continue;
    mistakes->push_back(absl::StrCat("house.sessions: '", session.wallet, "', the wallet of '",
                                     session.name,
                                     "', is neither a name in house.wallets nor an address"));
  }
}

void CheckRoles(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  if (config.worker.roles.empty()) mistakes->push_back("worker.roles: must not be empty");
  for (const std::string& role : config.worker.roles) {
    if (role != "purchase" && role != "quote" && role != "announce" && role != "webhook") {
      mistakes->push_back(absl::StrCat("worker.roles: there is no role '", role, "'"));
    }
  }
  if (config.HasRole("purchase") && config.keys.wallet_private_key_file.empty()) {
    mistakes->push_back("keys.wallet_private_key_file: the role purchase needs it");
  }
  if (config.HasRole("webhook") && config.keys.endpoint_private_key_file.empty()) {
    mistakes->push_back("keys.endpoint_private_key_file: the role webhook needs it");
  }
  if (config.HasRole("purchase") && config.fragment.allowed_payees.empty()) {
    mistakes->push_back("fragment.allowed_payees: must not be empty");
  }
}

void CheckQuote(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  const auto& quote = config.quote;
  const TlsPaths tls{quote.tls_ca_file, quote.tls_certificate_file, quote.tls_key_file};
  if (!tls.AllOrNone()) {
    mistakes->push_back("quote: tls_ca_file, tls_certificate_file and tls_key_file go together");
  }
  const absl::StatusOr<Endpoint> listen = ParseEndpoint(quote.listen);
  if (!listen.ok()) {
    mistakes->push_back(absl::StrCat("quote.listen: ", listen.status().message()));
  } else if (!tls.Given() && !IsLoopback(listen->host)) {
    mistakes->push_back("quote.listen: off loopback mutual TLS is required");
  }
}

// What a production profile refuses: everything that a test may shorten or open.
void CheckProduction(const WorkerConfig& config, std::vector<std::string>* mistakes) {
  if (!config.fragment.base_url.empty()) {
    mistakes->push_back("fragment.base_url: refused by the production profile");
  }
  if (config.webhooks.allow_private_callbacks) {
    mistakes->push_back("webhooks.allow_private_callbacks: refused by the production profile");
  }
  if (config.HasRole("purchase") && config.HasRole("webhook")) {
    mistakes->push_back("worker.roles: purchase and webhook never share a process in production");
  }
  for (const std::string& url : config.toncenter.base_urls) {
    if (absl::StartsWith(url, "https://")) continue;
    mistakes->push_back("toncenter.base_urls: must be https in the production profile");
  }
  // A lease outlives the calls between two of its renewals: three of Fragment's, four of the
  // chain's.
  if (3 * config.fragment.timeout_ms > config.worker.lease_ms ||
      4 * config.toncenter.timeout_ms > config.worker.lease_ms) {
    mistakes->push_back(
        "worker.lease_ms: must be at least 3 * fragment.timeout_ms and 4 * toncenter.timeout_ms");
  }
  if (config.payment.expiry_margin_ms < 15'000 || config.payment.invoice_min_life_ms < 60'000) {
    mistakes->push_back(
        "payment: expiry_margin_ms below 15000 or invoice_min_life_ms below 60000 is refused by "
        "the "
        "production profile");
  }
}

}  // namespace

absl::Status CheckWorkerConfig(const WorkerConfig& config) {
  std::vector<std::string> mistakes;
  CheckRoles(config, &mistakes);
  CheckQuote(config, &mistakes);
  CheckWitness(config, &mistakes);
  CheckProviders(config, &mistakes);
  CheckHouse(config, &mistakes);
  CheckTransport(config.database.url, config.redis.address, config.profile.name, &mistakes);
  if (config.profile.name == kProductionProfile) CheckProduction(config, &mistakes);
  return ConfigMistakes(mistakes);
}

}  // namespace starlift
