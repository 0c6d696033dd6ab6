#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/order/intake_request.h"
#include "domain/order/order.h"
#include "domain/order/order_machine.h"
#include "domain/order/ports/order_store.h"
#include "domain/order/pricing.h"

// Between the API's messages and the domain's values.
namespace starlift::v1 {
class CreateOrderRequest;
class GetPricingRequest;
class Order;
class OrderEvent;
class PayOrderRequest;
class Product;
class Quote;
}  // namespace starlift::v1

namespace google::protobuf {
class Timestamp;
}

namespace starlift::rpc {

// Requests. What cannot be mapped is collected in `mistakes`. The secrets are moved into Secret,
// and the message's own copies are overwritten.
CreateInput FromProto(v1::CreateOrderRequest* request);
PayInput FromProto(v1::PayOrderRequest* request);
// For a request that is answered unread.
void WipeSecrets(v1::CreateOrderRequest* request);
void WipeSecrets(v1::PayOrderRequest* request);
absl::StatusOr<QuoteRequest> FromProto(const v1::GetPricingRequest& request);
absl::StatusOr<ProductType> ProductTypeFromProto(int type);
// nullopt for "unspecified".
absl::StatusOr<std::optional<OrderState>> OrderStateFromProto(int state);

// "orders/{order}": the id, or INVALID_ARGUMENT INVALID_FIELD.
absl::StatusOr<OrderId> OrderIdFromName(absl::string_view name);

// Answers.
void ToProto(const Order& order, v1::Order* out);
void ToProto(const Quote& quote, v1::Quote* out);
void ToProto(const Product& product, v1::Product* out);
// Nothing is written for InfiniteFuture: it has not happened.
void ToProto(absl::Time time, google::protobuf::Timestamp* out);
int ProductTypeToProto(ProductType type);
// From the body that the event was told with.
absl::Status ToProto(const StoredEvent& event, v1::OrderEvent* out);

}  // namespace starlift::rpc
