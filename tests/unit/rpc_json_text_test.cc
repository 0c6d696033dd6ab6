#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/rpc/json_text.h"
#include "starlift/v1/order_service.pb.h"
#include "starlift/v1/webhook.pb.h"

namespace starlift::rpc {
namespace {

// What protobuf's own printer makes of it, read back: the order of members and the form of escapes
// are nobody's business.
nlohmann::json Reference(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text, options).ok());
  return nlohmann::json::parse(text);
}

nlohmann::json Ours(const google::protobuf::Message& message) {
  return nlohmann::json::parse(JsonText(message));
}

// Puts something into every field, messages included, so that a field added later is covered as
// well.
void Fill(google::protobuf::Message* message, int* number) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const int value = ++*number;
    if (field->is_map()) {
      google::protobuf::Message* entry = reflection->AddMessage(message, field);
      Fill(entry, number);
    } else if (field->is_repeated()) {
      Fill(reflection->AddMessage(message, field), number);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Fill(reflection->MutableMessage(message, field), number);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      reflection->SetString(message, field, "text " + std::to_string(value));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      reflection->SetBool(message, field, true);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      // Nanoseconds of a time: whole microseconds, which is what the database keeps.
      reflection->SetInt32(message, field, value * 1000);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
      reflection->SetInt64(message, field, 9'007'199'255 + value);
    } else {
      reflection->SetEnumValue(message, field, 1);
    }
  }
}

TEST(RpcJsonTextTest, IsWhatTheLibraryPrintsForAFullEvent) {
  v1::WebhookEvent event;
  int number = 0;
  Fill(&event, &number);
  EXPECT_EQ(Ours(event), Reference(event));
  v1::ListOrdersResponse list;
  Fill(&list, &number);
  Fill(list.add_orders(), &number);
  EXPECT_EQ(Ours(list), Reference(list));
}

TEST(RpcJsonTextTest, IsWhatTheLibraryPrintsForEmptyOnes) {
  EXPECT_EQ(Ours(v1::WebhookEvent()), Reference(v1::WebhookEvent()));
  EXPECT_EQ(Ours(v1::ListOrdersResponse()), Reference(v1::ListOrdersResponse()));
  v1::WebhookEvent event;
  event.mutable_data()->mutable_order();
  EXPECT_EQ(Ours(event), Reference(event));
  EXPECT_EQ(Ours(event.data()), Reference(event.data()));
}

TEST(RpcJsonTextTest, IsWhatTheLibraryPrintsForOddTextsAndNumbers) {
  v1::Order order;
  std::string every;
  for (int c = 0; c < 128; ++c) every.push_back(static_cast<char>(c));
  order.set_reason_message(every);
  order.set_reason("\u00e9\u20ac\U0001f31f");
  order.mutable_product()->set_months(-1);
  order.mutable_product()->set_quantity(INT64_MIN);
  order.set_sequence(INT64_MAX);
  order.set_state(v1::ORDER_STATE_NEEDS_REVIEW);
  EXPECT_EQ(Ours(order), Reference(order));
}

TEST(RpcJsonTextTest, IsWhatTheLibraryPrintsForTimes) {
  for (const auto& [seconds, nanos] : std::initializer_list<std::pair<int64_t, int>>{
           {0, 0}, {1'800'000'000, 120'000'000}, {1'800'000'000, 120'400'000}, {-1, 1'000}}) {
    v1::WebhookEvent event;
    event.mutable_timestamp()->set_seconds(seconds);
    event.mutable_timestamp()->set_nanos(nanos);
    EXPECT_EQ(Ours(event), Reference(event));
  }
}

TEST(RpcJsonTextTest, AMapIsWrittenInTheOrderOfItsKeys) {
  v1::Order order;
  for (const char* key : {"required", "available", "field"}) {
    (*order.mutable_reason_metadata())[key] = "1";
  }
  EXPECT_NE(JsonText(order).find(R"({"available":"1","field":"1","required":"1"})"),
            std::string::npos);
}

}  // namespace
}  // namespace starlift::rpc
