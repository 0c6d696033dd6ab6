#include "services/worker/app_outside.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/config/key_files.h"
#include "base/status_macros.h"
#include "ton/address.h"

namespace starlift {
namespace {

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
  rules.lease = absl::Milliseconds(config.worker.lease_ms);
  return rules;
}

}  // namespace

void Outside::Stop() {
  market_client->Stop();
  chain_client->Stop();
}

absl::StatusOr<Outside> ReachOutside(const WorkerConfig& config) {
  fragment::SiteOptions site;
  if (!config.fragment.base_url.empty()) site.origin = config.fragment.base_url;
  site.timeout = absl::Milliseconds(config.fragment.timeout_ms);
  toncenter::ToncenterOptions provider;
  provider.base_url = config.toncenter.base_url;
  provider.timeout = absl::Milliseconds(config.toncenter.timeout_ms);
  ASSIGN_OR_RETURN(provider.api_key, ReadPasswordFile(config.toncenter.api_key_file));
  Outside outside;
  ASSIGN_OR_RETURN(outside.market_client, http::Client::Make({site.origin}));
  ASSIGN_OR_RETURN(outside.chain_client, http::Client::Make({provider.base_url}));
  outside.market =
      std::make_unique<fragment::FragmentMarketplace>(outside.market_client.get(), site);
  outside.public_market =
      std::make_unique<fragment::FragmentPublicMarket>(outside.market_client.get(), site);
  outside.chain =
      std::make_unique<toncenter::ToncenterChain>(outside.chain_client.get(), std::move(provider));
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
  rules.outage_first = absl::Milliseconds(config.fragment.outage_first_ms);
  rules.outage_most = absl::Milliseconds(config.fragment.outage_most_ms);
  return rules;
}

}  // namespace starlift
