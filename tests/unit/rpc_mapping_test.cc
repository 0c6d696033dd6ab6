#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/rpc/error_mapping.h"
#include "adapters/rpc/event_rendering.h"
#include "adapters/rpc/order_mapping.h"
#include "base/error.h"
#include "domain/order/field_mistakes.h"
#include "domain/order/intake_payment.h"
#include "domain/order/order_machine.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "starlift/v1/error_reason.pb.h"
#include "starlift/v1/order_service.pb.h"

namespace starlift::rpc {
namespace {

template <typename Detail>
std::optional<Detail> DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  for (const auto& any : details.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

TEST(RpcErrorTest, CarriesReasonFieldsAndRetry) {
  FieldMistakes mistakes;
  mistakes.Add(Reason::kInvalidUsername, "recipient.username", "bad name");
  mistakes.Add(Reason::kInvalidField, "max_total", "bad limit");
  const grpc::Status status = ToGrpc(mistakes.ToStatus());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status)->reason(), "INVALID_USERNAME");
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status)->domain(), "starlift");
  const auto bad = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad->field_violations_size(), 2);
  EXPECT_EQ(bad->field_violations(1).field(), "max_total");
  EXPECT_FALSE(DetailOf<google::rpc::RetryInfo>(status).has_value());
}

TEST(RpcErrorTest, EveryReasonKeepsItsCodeAndSaysWhetherToRetry) {
  for (const ReasonRow& row : ReasonTable()) {
    if (row.reason == Reason::kNone) continue;
    const grpc::Status status = ToGrpc(Fail(row.reason, "text", {{"n", "v"}}));
    EXPECT_EQ(static_cast<int>(status.error_code()), static_cast<int>(row.code)) << row.name;
    EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status)->reason(), std::string(row.name));
    const bool retry = row.code == absl::StatusCode::kUnavailable ||
                       row.code == absl::StatusCode::kResourceExhausted ||
                       row.code == absl::StatusCode::kAborted;
    EXPECT_EQ(DetailOf<google::rpc::RetryInfo>(status).has_value(), retry) << row.name;
  }
}

TEST(RpcErrorTest, OurOwnMistakesAreNotTold) {
  const grpc::Status status = ToGrpc(absl::InternalError("password is hunter2"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_FALSE(absl::StrContains(status.error_message(), "hunter2"));
  EXPECT_FALSE(absl::StrContains(status.error_details(), "hunter2"));
}

TEST(RpcErrorTest, TheProtoRepeatsTheTableOfReasons) {
  std::set<std::string> in_proto, in_table;
  const auto* names = v1::ErrorReason_descriptor();
  for (int i = 0; i < names->value_count(); ++i) {
    std::string name = names->value(i)->name().substr(std::string("ERROR_REASON_").size());
    if (name != "UNSPECIFIED") in_proto.insert(name);
  }
  for (const ReasonRow& row : ReasonTable()) {
    if (row.reason != Reason::kNone) in_table.insert(std::string(row.name));
  }
  EXPECT_EQ(in_proto, in_table);
}

TEST(RpcMappingTest, TheProtoRepeatsTheStates) {
  for (OrderState state : OrderStates()) {
    Order order;
    order.state = state;
    v1::Order out;
    ToProto(order, &out);
    EXPECT_EQ(v1::OrderState_Name(out.state()),
              absl::StrCat("ORDER_STATE_", OrderStateName(state)));
    EXPECT_EQ(OrderStateFromProto(out.state())->value(), state);
  }
  EXPECT_EQ(v1::OrderState_descriptor()->value_count(), static_cast<int>(OrderStates().size()) + 1);
  EXPECT_FALSE(OrderStateFromProto(99).ok());
  EXPECT_FALSE(OrderStateFromProto(0)->has_value());
}

TEST(RpcMappingTest, MovesSecretsOutOfTheRequest) {
  v1::CreateOrderRequest request;
  request.mutable_payment()->add_mnemonic("abandon");
  request.mutable_payment()->add_mnemonic("");
  request.mutable_payment()->add_mnemonic("zoo  ability");
  request.mutable_payment()->set_mnemonic_password("pass");
  request.mutable_payment()->set_fragment_cookies("stel_token=x");
  const CreateInput input = FromProto(&request);
  ASSERT_TRUE(input.payment.has_value());
  EXPECT_EQ(input.payment->phrase.RevealString(), "abandon zoo  ability");
  EXPECT_EQ(input.payment->mnemonic_password.RevealString(), "pass");
  EXPECT_EQ(input.payment->cookies.RevealString(), "stel_token=x");
  const std::string left = request.SerializeAsString();
  for (const char* secret : {"abandon", "zoo", "pass", "stel_token"}) {
    EXPECT_FALSE(absl::StrContains(left, secret)) << secret;
  }
}

TEST(RpcMappingTest, AFloodOfWordsIsWipedUnread) {
  v1::CreateOrderRequest request;
  for (int i = 0; i < 10'000; ++i) request.mutable_payment()->add_mnemonic("secret");
  const CreateInput input = FromProto(&request);
  EXPECT_EQ(input.payment->phrase.size(), kMostPhraseBytes + 1);
  FieldMistakes mistakes;
  CheckPaymentFields(*input.payment, &mistakes);
  EXPECT_THAT(
      FieldMistakesOf(mistakes.ToStatus()),
      testing::ElementsAre(testing::Field(&FieldMistake::field, "payment.mnemonic"),
                           testing::Field(&FieldMistake::field, "payment.fragment_cookies")));
  EXPECT_FALSE(absl::StrContains(request.SerializeAsString(), "secret"));
}

TEST(RpcMappingTest, ARequestThatIsNotReadIsWiped) {
  v1::PayOrderRequest request;
  WipeSecrets(&request);
  EXPECT_FALSE(request.has_payment());
  request.mutable_payment()->add_mnemonic("secret");
  request.mutable_payment()->set_mnemonic_password("secret");
  request.mutable_payment()->set_fragment_cookies("secret");
  WipeSecrets(&request);
  EXPECT_FALSE(absl::StrContains(request.SerializeAsString(), "secret"));
}

TEST(RpcMappingTest, UnsetChoicesHaveTheirDefaults) {
  v1::CreateOrderRequest request;
  request.mutable_product()->set_type(v1::PRODUCT_TYPE_STARS);
  const CreateInput input = FromProto(&request);
  EXPECT_TRUE(input.mistakes.empty());
  EXPECT_EQ(input.funding, Funding::kWallet);
  EXPECT_EQ(input.session_kind, SessionKind::kOwn);
  EXPECT_EQ(input.asset, Asset::kTon);
  EXPECT_FALSE(input.payment.has_value());
}

TEST(RpcMappingTest, AnEmptyPaymentIsOne) {
  v1::CreateOrderRequest request;
  request.mutable_payment();
  const CreateInput input = FromProto(&request);
  ASSERT_TRUE(input.payment.has_value());
  FieldMistakes mistakes;
  CheckEmptyPayment(*input.payment, &mistakes);
  EXPECT_TRUE(mistakes.empty());
}

TEST(RpcMappingTest, WalletVersions) {
  const auto choice = [](int version) {
    v1::CreateOrderRequest request;
    request.mutable_payment()->set_wallet_version(static_cast<v1::WalletVersion>(version));
    return FromProto(&request).payment->wallet_version;
  };
  EXPECT_EQ(choice(v1::WALLET_VERSION_UNSPECIFIED), WalletChoice::kUnspecified);
  EXPECT_EQ(choice(v1::WALLET_VERSION_V5R1), WalletChoice::kV5R1);
  EXPECT_EQ(choice(v1::WALLET_VERSION_V4R2), WalletChoice::kV4R2);
  EXPECT_EQ(choice(v1::WALLET_VERSION_AUTO), WalletChoice::kAuto);
  v1::CreateOrderRequest request;
  request.mutable_payment()->set_wallet_version(static_cast<v1::WalletVersion>(77));
  EXPECT_THAT(FieldMistakesOf(FromProto(&request).mistakes.ToStatus()),
              testing::Contains(testing::Field(&FieldMistake::field, "payment.wallet_version")));
}

TEST(RpcMappingTest, CollectsWhatItDoesNotKnow) {
  v1::CreateOrderRequest request;
  request.set_funding(static_cast<v1::Funding>(77));
  request.set_asset(static_cast<v1::Asset>(77));
  const CreateInput input = FromProto(&request);
  std::vector<std::string> fields;
  for (const FieldMistake& mistake : FieldMistakesOf(input.mistakes.ToStatus())) {
    fields.push_back(mistake.field);
  }
  EXPECT_THAT(fields, testing::UnorderedElementsAre("product.type", "funding", "asset"));
}

TEST(RpcMappingTest, OrderNames) {
  EXPECT_EQ(OrderIdFromName("orders/ord_1")->value(), "ord_1");
  for (const char* bad : {"", "ord_1", "orders/", "orders/a b", "orders/a/b", "Orders/a"}) {
    EXPECT_FALSE(OrderIdFromName(bad).ok()) << bad;
  }
}

Order Sample() {
  Order order;
  order.id = OrderId("ord_1");
  order.request_id = "r1";
  order.product = {ProductType::kStars, 100, 0};
  order.recipient = "alice";
  order.quote.cost = Units(457'200'000);
  order.quote.max_total = Units(518'344'000);
  order.payer.wallet_address = "0:ab";
  order.state = OrderState::kPaid;
  order.sequence = 5;
  order.payment = {"nh", "th", 7, Units(457'200'000)};
  order.created_at = order.updated_at = order.expires_at =
      absl::FromUnixMicros(1'800'000'000'000'001);
  return order;
}

TEST(RpcMappingTest, AnAnswerSaysWhatWasOrdered) {
  v1::Order out;
  ToProto(Sample(), &out);
  EXPECT_EQ(out.name(), "orders/ord_1");
  EXPECT_EQ(out.product().quantity(), 100);
  EXPECT_EQ(out.recipient().username(), "alice");
  EXPECT_EQ(out.quote().max_total(), 518'344'000);
  EXPECT_EQ(out.payment().transaction_hash(), "th");
  EXPECT_EQ(out.reason(), "");
  EXPECT_EQ(out.create_time().nanos(), 1000);
  EXPECT_FALSE(out.has_pay_time());
  EXPECT_FALSE(out.has_execute_by());
}

TEST(RpcEventTest, TheBodyIsProtoJsonAndComesBack) {
  const Order order = Sample();
  const std::string body = JsonEventRenderer().Render(order);
  EXPECT_TRUE(absl::StrContains(body, "\"type\":\"order.paid\""));
  EXPECT_TRUE(absl::StrContains(body, "\"max_total\":\"518344000\""));
  EXPECT_TRUE(absl::StrContains(body, "\"reason\":\"\""));
  v1::OrderEvent event;
  ASSERT_TRUE(ToProto(StoredEvent{5, OrderState::kPaid, order.updated_at, body}, &event).ok());
  EXPECT_EQ(event.type(), "order.paid");
  EXPECT_EQ(event.sequence(), 5);
  v1::Order same;
  ToProto(order, &same);
  EXPECT_EQ(event.order().SerializeAsString(), same.SerializeAsString());
  EXPECT_FALSE(ToProto(StoredEvent{1, OrderState::kPaid, order.updated_at, "{"}, &event).ok());
}

}  // namespace
}  // namespace starlift::rpc
