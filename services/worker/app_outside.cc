#include "services/worker/app_outside.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/config/key_files.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "ton/address.h"

namespace starlift {
namespace {

constexpr absl::Duration kProveEvery = absl::Seconds(15);

PaymentRules PaymentRulesFrom(const WorkerConfig& config) {
  const auto& payment = config.payment;
  PaymentRules rules;
  rules.network_global_id = static_cast<int32_t>(config.wallet.network_global_id);
  rules.max_order_total = Units(payment.max_order_total_nano);
  rules.fee_floor = Units(payment.fee_floor_nano);
  rules.fee_per_message = Units(payment.fee_per_message_nano);
  rules.valid_for = absl::Milliseconds(payment.valid_for_ms);
  rules.expiry_margin = absl::Milliseconds(payment.expiry_margin_ms);
  rules.invoice_min_life = absl::Milliseconds(payment.invoice_min_life_ms);
  rules.resend_every = absl::Milliseconds(payment.resend_every_ms);
  rules.poll_every = absl::Milliseconds(payment.poll_every_ms);
  rules.read_retry = absl::Milliseconds(payment.read_retry_ms);
  rules.unknown_limit = absl::Milliseconds(payment.unknown_limit_ms);
  rules.review_poll_every = absl::Milliseconds(payment.review_poll_ms);
  rules.head_bound = absl::Milliseconds(payment.head_bound_ms);
  rules.most_payments = static_cast<int32_t>(payment.most_payments);
  rules.max_displacements = static_cast<int32_t>(payment.max_displacements);
  rules.displaced_rest = absl::Milliseconds(payment.displaced_rest_ms);
  rules.lease = absl::Milliseconds(config.worker.lease_ms);
  return rules;
}

// host:port; the origins are pinned, so nothing secret is in there.
std::string NameOf(absl::string_view base_url) {
  return std::string(base_url.substr(
      base_url.find("://") == absl::string_view::npos ? 0 : base_url.find("://") + 3));
}

absl::StatusOr<ChainProvider> ReachProvider(const WorkerConfig& config, size_t number,
                                            Ground& ground) {
  const auto& toncenter = config.toncenter;
  toncenter::ToncenterOptions options;
  options.base_url = toncenter.base_urls[number];
  options.timeout = absl::Milliseconds(toncenter.timeout_ms);
  options.network_global_id = static_cast<int32_t>(config.wallet.network_global_id);
  if (!toncenter.api_key_files.empty()) {
    ASSIGN_OR_RETURN(options.api_key, ReadPasswordFile(toncenter.api_key_files[number]));
  }
  ChainProvider provider;
  provider.name = NameOf(options.base_url);
  ASSIGN_OR_RETURN(provider.client, http::Client::Make({options.base_url}));
  provider.chain =
      std::make_unique<toncenter::ToncenterChain>(provider.client.get(), std::move(options));
  provider.steady = std::make_unique<toncenter::SteadyChain>(provider.name, *provider.chain);
  provider.observed = std::make_unique<ObservedChain>(provider.name, *provider.steady, ground.clock,
                                                      ground.Counting(), ground.Gauging());
  return provider;
}

void DescribeProviders(Metrics& metrics) {
  metrics.DescribeCounter("starlift_chain_sends_total",
                          "Hand-overs of messages to the chain's providers.");
  metrics.DescribeCounter("starlift_chain_reads_total", "Questions to the chain's providers.");
  metrics.DescribeGauge("starlift_provider_head_age_seconds",
                        "How old the last state was that the provider showed.");
  metrics.DescribeGauge("starlift_provider_proved",
                        "1 when the provider proved that it serves our network, else 0: unused.");
}

// Wrong networks are logged by the provider itself.
void Prove(std::vector<ChainProvider>& providers, Ground& ground) {
  for (ChainProvider& provider : providers) {
    const bool proved = provider.chain->ProveNetwork().ok();
    ground.metrics.Set("starlift_provider_proved", {{"provider", provider.name}}, proved);
    if (!proved) {
      Log(LogLevel::kWarn, "a chain provider has not proved its network and is not used",
          {{"provider", provider.name}});
    }
  }
}

}  // namespace

void Outside::Stop() {
  market_client->Stop();
  for (ChainProvider& provider : chain_providers) provider.client->Stop();
  prover->Stop();
}

absl::StatusOr<std::unique_ptr<Outside>> ReachOutside(const WorkerConfig& config, Ground& ground) {
  fragment::SiteOptions site;
  if (!config.fragment.base_url.empty()) site.origin = config.fragment.base_url;
  site.timeout = absl::Milliseconds(config.fragment.timeout_ms);
  auto outside = std::make_unique<Outside>();
  ASSIGN_OR_RETURN(outside->market_client, http::Client::Make({site.origin}));
  outside->market =
      std::make_unique<fragment::FragmentMarketplace>(outside->market_client.get(), site);
  outside->public_market =
      std::make_unique<fragment::FragmentPublicMarket>(outside->market_client.get(), site);
  DescribeProviders(ground.metrics);
  std::vector<Provider> providers;
  for (size_t i = 0; i < config.toncenter.base_urls.size(); ++i) {
    ASSIGN_OR_RETURN(ChainProvider provider, ReachProvider(config, i, ground));
    providers.push_back({provider.name, provider.observed.get()});
    outside->chain_providers.push_back(std::move(provider));
  }
  outside->providers = std::make_unique<Providers>(std::move(providers));
  outside->any_provider = std::make_unique<AnyProvider>(
      *outside->providers, ground.clock, absl::Milliseconds(config.payment.head_bound_ms));
  Outside* self = outside.get();
  outside->prover = std::make_unique<Periodic>(kProveEvery, [self, &ground] {
    Prove(self->chain_providers, ground);
    return false;
  });
  return outside;
}

absl::StatusOr<PurchaseRules> RulesFrom(const WorkerConfig& config) {
  PurchaseRules rules;
  rules.payment = PaymentRulesFrom(config);
  for (const std::string& payee : config.fragment.allowed_payees) {
    const absl::StatusOr<ton::Address> address = ton::ParseAddress(payee);
    if (!address.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("fragment.allowed_payees: '", payee, "' is no address"));
    }
    rules.payment.allowed_payees.push_back(ton::RawForm(*address));
  }
  rules.lease = rules.payment.lease;
  rules.delivery_wait = absl::Milliseconds(config.delivery.wait_ms);
  rules.delivery_poll = absl::Milliseconds(config.delivery.poll_ms);
  rules.delivery_slow_poll = absl::Milliseconds(config.delivery.slow_poll_ms);
  rules.review_poll = absl::Milliseconds(config.payment.review_poll_ms);
  rules.session_busy = absl::Milliseconds(config.fragment.session_busy_ms);
  rules.session_busy_most = absl::Milliseconds(config.fragment.session_busy_most_ms);
  rules.outage_first = absl::Milliseconds(config.fragment.outage_first_ms);
  rules.outage_most = absl::Milliseconds(config.fragment.outage_most_ms);
  return rules;
}

}  // namespace starlift
