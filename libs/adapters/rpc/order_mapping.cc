#include "adapters/rpc/order_mapping.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "starlift/v1/order.pb.h"
#include "starlift/v1/webhook.pb.h"

namespace starlift::rpc {
namespace {

// The API's numbers follow the domain's order, one higher: 0 is "unspecified".
template <typename Proto, typename Domain>
Proto OneHigher(Domain value) {
  return static_cast<Proto>(static_cast<int>(value) + 1);
}

static_assert(v1::ORDER_STATE_AWAITING_PAYMENT ==
              static_cast<int>(OrderState::kAwaitingPayment) + 1);
static_assert(v1::ORDER_STATE_DELIVERED == static_cast<int>(OrderState::kDelivered) + 1);
static_assert(v1::ORDER_STATE_NEEDS_REVIEW == static_cast<int>(OrderState::kNeedsReview) + 1);
static_assert(v1::ORDER_STATE_REVERSED == static_cast<int>(OrderState::kReversed) + 1);
static_assert(v1::FUNDING_INVOICE == static_cast<int>(Funding::kInvoice) + 1);
static_assert(v1::SESSION_KIND_HOUSE == static_cast<int>(SessionKind::kHouse) + 1);
static_assert(v1::ASSET_USDT == static_cast<int>(Asset::kUsdt) + 1);
static_assert(v1::PRODUCT_TYPE_TON_TOPUP == static_cast<int>(ProductType::kTonTopup) + 1);
static_assert(v1::DELIVERY_EVIDENCE_OPERATOR == static_cast<int>(DeliveryEvidence::kOperator));

void PaymentToProto(const Order& order, v1::Payment* out) {
  out->set_wallet_address(order.payer.wallet_address);
  out->set_normalized_hash(order.payment.normalized_hash);
  out->set_transaction_hash(order.payment.transaction_hash);
  out->set_transaction_lt(order.payment.transaction_lt);
  out->set_amount(order.payment.amount.value());
}

void SetTime(absl::Time time, google::protobuf::Timestamp* (v1::Order::*field)(), v1::Order* out) {
  if (time != absl::InfiniteFuture()) ToProto(time, (out->*field)());
}

void ReasonToProto(const Order& order, v1::Order* out) {
  if (order.reason == Reason::kNone) return;
  out->set_reason(std::string(ReasonName(order.reason)));
  out->set_reason_message(order.reason_message);
  for (const auto& [name, value] : order.reason_metadata) {
    (*out->mutable_reason_metadata())[name] = value;
  }
}

}  // namespace

void ToProto(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t nanos = absl::ToUnixNanos(time);
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(nanos - seconds * 1'000'000'000));
}

int ProductTypeToProto(ProductType type) { return OneHigher<v1::ProductType>(type); }

void ToProto(const Product& product, v1::Product* out) {
  out->set_type(OneHigher<v1::ProductType>(product.type));
  out->set_quantity(product.quantity);
  out->set_months(product.months);
}

void ToProto(const Quote& quote, v1::Quote* out) {
  out->set_asset(OneHigher<v1::Asset>(quote.asset));
  out->set_cost(quote.cost.value());
  out->set_commission(quote.commission.value());
  out->set_commission_bps(quote.commission_bps);
  out->set_network_reserve(quote.network_reserve.value());
  out->set_total(quote.total.value());
  out->set_max_total(quote.max_total.value());
  ToProto(quote.quoted_at, out->mutable_quote_time());
  ToProto(quote.valid_until, out->mutable_expire_time());
}

void ToProto(const Order& order, v1::Order* out) {
  if (!order.id.empty()) out->set_name(absl::StrCat("orders/", order.id.value()));
  out->set_request_id(order.request_id);
  ToProto(order.product, out->mutable_product());
  out->mutable_recipient()->set_username(order.recipient);
  out->set_funding(OneHigher<v1::Funding>(order.funding));
  out->set_session_kind(OneHigher<v1::SessionKind>(order.session_kind));
  ToProto(order.quote, out->mutable_quote());
  out->set_state(OneHigher<v1::OrderState>(order.state));
  ReasonToProto(order, out);
  if (!order.payer.wallet_address.empty()) PaymentToProto(order, out->mutable_payment());
  out->set_delivery_evidence(static_cast<v1::DeliveryEvidence>(order.evidence));
  out->set_sequence(order.sequence);
  out->set_callback_url(order.callback_url);
  SetTime(order.created_at, &v1::Order::mutable_create_time, out);
  SetTime(order.updated_at, &v1::Order::mutable_update_time, out);
  SetTime(order.expires_at, &v1::Order::mutable_expire_time, out);
  SetTime(order.execute_by, &v1::Order::mutable_execute_by, out);
  SetTime(order.queued_at, &v1::Order::mutable_queue_time, out);
  SetTime(order.paid_at, &v1::Order::mutable_pay_time, out);
  SetTime(order.ended_at, &v1::Order::mutable_end_time, out);
}

absl::Status ToProto(const StoredEvent& event, v1::OrderEvent* out) {
  v1::WebhookEvent told;
  google::protobuf::util::JsonParseOptions options;
  // An older replica may read what a newer one wrote.
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(event.body, &told, options).ok()) {
    return Fail(Reason::kInternal, "a stored event cannot be read");
  }
  out->set_sequence(event.sequence);
  out->set_type(told.type());
  out->set_state(OneHigher<v1::OrderState>(event.state));
  ToProto(event.at, out->mutable_event_time());
  *out->mutable_order() = told.data().order();
  return absl::OkStatus();
}

}  // namespace starlift::rpc
