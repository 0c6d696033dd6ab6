#include "adapters/postgres/order_row.h"

#include <nlohmann/json.hpp>

#include "base/check.h"

namespace starlift::postgres {
namespace {

absl::Time WholeMicros(absl::Time time) {
  return time == absl::InfiniteFuture() ? time : absl::FromUnixMicros(absl::ToUnixMicros(time));
}

ErrorMetadata MetadataFrom(const std::string& text) {
  ErrorMetadata metadata;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return metadata;
  for (const auto& pair : json) metadata.emplace_back(pair.at(0), pair.at(1));
  return metadata;
}

Product ProductFrom(RowReader& row) {
  const auto type = ParseProductType(row.Text());
  STARLIFT_CHECK(type.ok());
  const int64_t quantity = row.Integer();
  return {*type, quantity, static_cast<int32_t>(row.Integer())};
}

Quote QuoteFrom(RowReader& row) {
  Quote quote;
  const auto asset = ParseAsset(row.Text());
  STARLIFT_CHECK(asset.ok());
  quote.asset = *asset;
  quote.cost = Units(row.Integer());
  quote.commission = Units(row.Integer());
  quote.commission_bps = static_cast<int32_t>(row.Integer());
  quote.network_reserve = Units(row.Integer());
  quote.total = Units(row.Integer());
  quote.max_total = Units(row.Integer());
  quote.tolerance_bps = static_cast<int32_t>(row.Integer());
  quote.quoted_at = row.Time();
  quote.valid_until = row.Time();
  return quote;
}

Payer PayerFrom(RowReader& row) {
  Payer payer;
  payer.wallet_address = row.Text();
  const std::string version = row.Text();
  if (!version.empty()) payer.version = ParseWalletVersion(version);
  payer.public_key_hex = row.Text();
  return payer;
}

PaymentFacts PaymentFrom(RowReader& row) {
  PaymentFacts facts;
  facts.normalized_hash = row.Text();
  facts.transaction_hash = row.Text();
  facts.transaction_lt = row.Integer();
  facts.amount = Units(row.Integer());
  return facts;
}

}  // namespace

Order OrderFromRow(RowReader& row) {
  Order order;
  order.id = OrderId(row.Text());
  order.tenant = TenantId(row.Text());
  order.request_id = row.Text();
  order.product = ProductFrom(row);
  order.recipient = row.Text();
  order.funding = ParseFunding(row.Text());
  order.session_kind = ParseSessionKind(row.Text());
  order.quote = QuoteFrom(row);
  order.payer = PayerFrom(row);
  order.session = SessionId(row.Text());
  order.state = ParseOrderState(row.Text());
  order.reason = ParseReason(row.Text());
  order.reason_message = row.Text();
  order.reason_metadata = MetadataFrom(row.Text());
  order.payment = PaymentFrom(row);
  order.evidence = ParseDeliveryEvidence(row.Text());
  order.sequence = row.Integer();
  order.callback_url = row.Text();
  order.traceparent = row.Text();
  order.invoice_attempts = static_cast<int32_t>(row.Integer());
  order.payment_attempts = static_cast<int32_t>(row.Integer());
  order.created_at = row.Time();
  order.updated_at = row.Time();
  order.expires_at = row.Time();
  order.execute_by = row.Time();
  order.queued_at = row.Time();
  order.paid_at = row.Time();
  order.ended_at = row.Time();
  return order;
}

Order AsStored(Order order) {
  for (absl::Time* time : {&order.created_at, &order.updated_at, &order.expires_at,
                           &order.execute_by, &order.queued_at, &order.paid_at, &order.ended_at,
                           &order.quote.quoted_at, &order.quote.valid_until}) {
    *time = WholeMicros(*time);
  }
  return order;
}

std::string MetadataText(const ErrorMetadata& metadata) {
  nlohmann::json json = nlohmann::json::array();
  for (const auto& [name, value] : metadata) json.push_back({name, value});
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace starlift::postgres
