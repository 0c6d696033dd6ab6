#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "adapters/metrics/metrics.h"
#include "adapters/rpc/authenticator.h"
#include "adapters/rpc/catalog_service.h"
#include "adapters/rpc/event_rendering.h"
#include "adapters/rpc/order_service.h"
#include "adapters/rpc/rpc_server.h"
#include "base/random.h"
#include "fakes/fake_key_store.h"
#include "intake_world.h"
#include "starlift/v1/catalog_service.grpc.pb.h"
#include "starlift/v1/order_service.grpc.pb.h"

namespace starlift::rpc {
namespace {

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// The services over fakes, behind a real server on loopback. One executor thread: the fakes are for
// one.
class RpcServiceTest : public testing::Test {
 protected:
  RpcServiceTest() {
    DescribeRpcMetrics(&metrics_);
    key_ = AddTenant("ten_a");
    other_key_ = AddTenant("ten_b");
    feed_.Start();
    const FollowingDeps following{floor_, world_.store, feed_, absl::Minutes(30)};
    auto server = RpcServer::Start(
        {"127.0.0.1:0"}, {MakeOrderService({world_.intake, tokens_, following}),
                          MakeCatalogService({floor_, world_.prices, world_.probes, {}, {}})});
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials());
    orders_ = v1::OrderService::NewStub(channel_);
    catalog_ = v1::CatalogService::NewStub(channel_);
  }

  std::string AddTenant(absl::string_view id) {
    const NewApiKey key = MakeApiKey(random_);
    NewTenant tenant;
    tenant.id = TenantId(std::string(id));
    tenant.key.id = key.id;
    const auto hash = ApiKeyHash(key.text.RevealString(), Secret(std::vector<uint8_t>(32, 3)));
    tenant.key.hash.assign(hash.begin(), hash.end());
    EXPECT_TRUE(keys_.CreateTenant(tenant).ok());
    return std::string(key.text.RevealString());
  }

  std::unique_ptr<grpc::ClientContext> Context(const std::string& key) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + key);
    context->AddMetadata("traceparent", kTraceparent);
    context->set_deadline(gpr_time_from_seconds(20, GPR_TIMESPAN));
    return context;
  }

  static v1::CreateOrderRequest Request(const std::string& request_id = "r1") {
    v1::CreateOrderRequest request;
    request.set_request_id(request_id);
    request.mutable_product()->set_type(v1::PRODUCT_TYPE_STARS);
    request.mutable_product()->set_quantity(100);
    request.mutable_recipient()->set_username("alice");
    return request;
  }
  v1::Order Create(const std::string& request_id = "r1") {
    v1::Order order;
    const grpc::Status status =
        orders_->CreateOrder(Context(key_).get(), Request(request_id), &order);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return order;
  }
  grpc::StatusCode Cancel(const std::string& name) {
    v1::CancelOrderRequest request;
    request.set_name(name);
    v1::Order order;
    return orders_->CancelOrder(Context(key_).get(), request, &order).error_code();
  }
  // Reads the stream to its end.
  std::vector<std::string> Watch(const std::string& name, int64_t after, grpc::Status* end,
                                 grpc::ClientContext* context) {
    v1::WatchOrderRequest request;
    request.set_name(name);
    request.set_after_sequence(after);
    auto reader = orders_->WatchOrder(context, request);
    std::vector<std::string> types;
    v1::OrderEvent event;
    while (reader->Read(&event)) {
      types.push_back(event.type());
      EXPECT_EQ(event.order().name(), name);
      if (types.size() == 1) first_event_.set_value();
    }
    *end = reader->Finish();
    return types;
  }

  SystemRandom random_;
  SystemClock clock_;
  JsonEventRenderer renderer_;
  IntakeWorld world_{renderer_};
  Metrics metrics_{"test", "0"};
  FakeKeyStore keys_;
  Authenticator authenticator_{keys_, Secret(std::vector<uint8_t>(32, 3)), clock_};
  PageTokens tokens_{Secret(std::vector<uint8_t>(32, 4))};
  ChangeFeed feed_{clock_};
  Executor executor_{1, 1000};
  CallFloor floor_{executor_, &authenticator_, metrics_, clock_};
  std::string key_, other_key_;
  std::promise<void> first_event_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::OrderService::Stub> orders_;
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::unique_ptr<RpcServer> server_;
};

TEST_F(RpcServiceTest, CreatesAndSaysWhatIsARepeat) {
  const v1::Order order = Create();
  EXPECT_EQ(order.state(), v1::ORDER_STATE_AWAITING_PAYMENT);
  EXPECT_EQ(world_.database.orders.begin()->second.order.traceparent, kTraceparent);
  auto context = Context(key_);
  v1::Order again;
  ASSERT_TRUE(orders_->CreateOrder(context.get(), Request(), &again).ok());
  EXPECT_EQ(again.name(), order.name());
  EXPECT_EQ(context->GetServerInitialMetadata().count("idempotent-replayed"), 1u);
  EXPECT_THAT(metrics_.Text(),
              testing::HasSubstr("starlift_rpc_requests_total{code=\"OK\",method=\"OrderService/"
                                 "CreateOrder\"} 2"));
}

TEST_F(RpcServiceTest, LetsNobodyInWithoutAKey) {
  v1::Order order;
  EXPECT_EQ(orders_->CreateOrder(Context("slk_nothing").get(), Request(), &order).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  grpc::ClientContext bare;
  EXPECT_EQ(orders_->CreateOrder(&bare, Request(), &order).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  grpc::Status end;
  EXPECT_TRUE(Watch("orders/x", 0, &end, Context("slk_nothing").get()).empty());
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(world_.database.orders.empty());
}

TEST_F(RpcServiceTest, ForeignOrdersAreMissingOnes) {
  const std::string name = Create().name();
  v1::GetOrderRequest get;
  get.set_name(name);
  v1::Order order;
  EXPECT_EQ(orders_->GetOrder(Context(other_key_).get(), get, &order).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_TRUE(orders_->GetOrder(Context(key_).get(), get, &order).ok());
  grpc::Status end;
  Watch(name, 0, &end, Context(other_key_).get());
  EXPECT_EQ(end.error_code(), grpc::StatusCode::NOT_FOUND);
  v1::WaitOrderRequest wait;
  wait.set_name(name);
  EXPECT_EQ(orders_->WaitOrder(Context(other_key_).get(), wait, &order).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(RpcServiceTest, WatchTellsWhatWasAndWhatComes) {
  const std::string name = Create().name();
  grpc::Status end;
  auto types =
      std::async(std::launch::async, [&] { return Watch(name, 0, &end, Context(key_).get()); });
  first_event_.get_future().wait();
  EXPECT_EQ(Cancel(name), grpc::StatusCode::OK);
  feed_.Notify(name.substr(7));
  EXPECT_EQ(types.get(), (std::vector<std::string>{"order.created", "order.cancelled"}));
  EXPECT_TRUE(end.ok()) << end.error_message();
}

TEST_F(RpcServiceTest, WatchResumesAfterASequenceNumber) {
  const std::string name = Create().name();
  Cancel(name);
  grpc::Status end;
  EXPECT_EQ(Watch(name, 1, &end, Context(key_).get()), std::vector<std::string>{"order.cancelled"});
  EXPECT_TRUE(end.ok());
  EXPECT_TRUE(Watch(name, 2, &end, Context(key_).get()).empty());
  EXPECT_TRUE(end.ok());
  Watch(name, -1, &end, Context(key_).get());
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RpcServiceTest, ShutdownEndsStreamsWithPushback) {
  const std::string name = Create().name();
  grpc::Status end;
  auto context = Context(key_);
  auto types = std::async(std::launch::async, [&] { return Watch(name, 0, &end, context.get()); });
  first_event_.get_future().wait();
  feed_.Shutdown();
  EXPECT_EQ(types.get().size(), 1u);
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(context->GetServerTrailingMetadata().count("grpc-retry-pushback-ms"), 1u);
}

TEST_F(RpcServiceTest, AClosedFloorTakesNoNewCalls) {
  floor_.Close();
  v1::Order order;
  const grpc::Status status = orders_->CreateOrder(Context(key_).get(), Request(), &order);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  floor_.AwaitIdle(absl::Seconds(5));
  EXPECT_TRUE(world_.database.orders.empty());
}

TEST_F(RpcServiceTest, WaitAnswersAtTheEndOrAtItsTimeout) {
  const std::string name = Create().name();
  v1::WaitOrderRequest request;
  request.set_name(name);
  request.mutable_timeout()->set_nanos(200'000'000);
  v1::Order order;
  ASSERT_TRUE(orders_->WaitOrder(Context(key_).get(), request, &order).ok());
  EXPECT_EQ(order.state(), v1::ORDER_STATE_AWAITING_PAYMENT);
  request.clear_timeout();
  auto waited = std::async(
      std::launch::async, [&] { return orders_->WaitOrder(Context(key_).get(), request, &order); });
  EXPECT_EQ(Cancel(name), grpc::StatusCode::OK);
  ASSERT_TRUE(waited.get().ok());  // by the poll: nobody notified
  EXPECT_EQ(order.state(), v1::ORDER_STATE_CANCELLED);
}

TEST_F(RpcServiceTest, ACallerThatLeavesIsForgotten) {
  const std::string name = Create().name();
  auto context = Context(key_);
  v1::WatchOrderRequest request;
  request.set_name(name);
  auto reader = orders_->WatchOrder(context.get(), request);
  v1::OrderEvent event;
  ASSERT_TRUE(reader->Read(&event));
  context->TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->Shutdown(absl::Seconds(5));
  EXPECT_THAT(metrics_.Text(),
              testing::HasSubstr("{code=\"CANCELLED\",method=\"OrderService/WatchOrder\"} 1"));
}

TEST_F(RpcServiceTest, ListsInPages) {
  for (int i = 0; i < 5; ++i) {
    Create(absl::StrCat("r", i));
    world_.clock.Advance(absl::Milliseconds(1));
  }
  v1::ListOrdersRequest request;
  request.set_page_size(2);
  std::vector<std::string> seen;
  do {
    v1::ListOrdersResponse page;
    ASSERT_TRUE(orders_->ListOrders(Context(key_).get(), request, &page).ok());
    for (const v1::Order& order : page.orders()) seen.push_back(order.request_id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"r4", "r3", "r2", "r1", "r0"}));
  request.set_page_token("x");
  v1::ListOrdersResponse page;
  EXPECT_EQ(orders_->ListOrders(Context(key_).get(), request, &page).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RpcServiceTest, ACatalogOfWhatIsSold) {
  v1::ListProductsResponse products;
  ASSERT_TRUE(catalog_->ListProducts(Context(key_).get(), {}, &products).ok());
  ASSERT_EQ(products.products_size(), 3);
  EXPECT_TRUE(products.products(0).available());
  EXPECT_FALSE(products.products(1).available());
  v1::GetPricingRequest ask;
  ask.mutable_product()->set_type(v1::PRODUCT_TYPE_STARS);
  ask.mutable_product()->set_quantity(1000);
  v1::Pricing pricing;
  ASSERT_TRUE(catalog_->GetPricing(Context(key_).get(), ask, &pricing).ok());
  EXPECT_EQ(pricing.quote().total(), 4'624'000'000);
  EXPECT_EQ(pricing.usd_per_ton(), "3.2");
  v1::CheckRecipientRequest check;
  check.set_type(v1::PRODUCT_TYPE_STARS);
  check.mutable_recipient()->set_username("@Bob");
  v1::RecipientCheck verdict;
  ASSERT_TRUE(catalog_->CheckRecipient(Context(key_).get(), check, &verdict).ok());
  EXPECT_EQ(verdict.verdict(), v1::RecipientCheck::VERDICT_UNKNOWN);
  EXPECT_EQ(verdict.recipient().username(), "bob");
}

TEST_F(RpcServiceTest, TwoKeysAreNone) {
  auto context = Context(key_);
  context->AddMetadata("authorization", "Bearer " + key_);
  v1::Order order;
  const grpc::Status status = orders_->CreateOrder(context.get(), Request(), &order);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << status.error_message();
  EXPECT_THAT(status.error_details(), testing::HasSubstr("API_KEY_INVALID"));
  EXPECT_TRUE(world_.database.orders.empty());
}

TEST_F(RpcServiceTest, AnUnknownProductReadsTheSameEverywhere) {
  v1::CheckRecipientRequest check;
  check.set_type(static_cast<v1::ProductType>(99));
  v1::RecipientCheck verdict;
  const grpc::Status checked = catalog_->CheckRecipient(Context(key_).get(), check, &verdict);
  v1::CreateOrderRequest request = Request();
  request.mutable_product()->set_type(static_cast<v1::ProductType>(99));
  v1::Order order;
  const grpc::Status created = orders_->CreateOrder(Context(key_).get(), request, &order);
  EXPECT_EQ(checked.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(checked.error_message(), created.error_message());
}

// One thread for dear calls, and one that can be kept from them.
class RpcFloorTest : public testing::Test {
 protected:
  RpcFloorTest() {
    DescribeRpcMetrics(&metrics_);
    const FollowingDeps following{floor_, world_.store, feed_, absl::Minutes(30)};
    server_ = *RpcServer::Start(
        {"127.0.0.1:0"}, {MakeOrderService({world_.intake, tokens_, following}),
                          MakeCatalogService({floor_, world_.prices, world_.probes, {}, {}})});
    auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                       grpc::InsecureChannelCredentials());
    orders_ = v1::OrderService::NewStub(channel);
    catalog_ = v1::CatalogService::NewStub(channel);
  }
  ~RpcFloorTest() override { server_->Shutdown(absl::Seconds(5)); }

  // Takes a thread until the gate opens.
  void Block(Executor& executor) {
    std::promise<void> started;
    ASSERT_TRUE(executor.TryRun([&started, open = gate_.get_future().share()] {
      started.set_value();
      open.wait();
    }));
    started.get_future().wait();
  }
  std::future<grpc::Status> Check(grpc::ClientContext* context) {
    return std::async(std::launch::async, [this, context] {
      v1::CheckRecipientRequest request;
      request.set_type(v1::PRODUCT_TYPE_STARS);
      request.mutable_recipient()->set_username("alice");
      v1::RecipientCheck verdict;
      return catalog_->CheckRecipient(context, request, &verdict);
    });
  }
  // Until the call waits for the dear thread.
  void AwaitQueued() {
    while (dear_.waiting() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  JsonEventRenderer renderer_;
  IntakeWorld world_{renderer_};
  Metrics metrics_{"test", "0"};
  PageTokens tokens_{Secret(std::vector<uint8_t>(32, 4))};
  ChangeFeed feed_{world_.clock};
  Executor dear_{1, 1};
  Executor executor_{1, 100};
  CallFloor floor_{executor_, nullptr, metrics_, world_.clock, &dear_};
  std::promise<void> gate_;
  std::unique_ptr<v1::OrderService::Stub> orders_;
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::unique_ptr<RpcServer> server_;
};

TEST_F(RpcFloorTest, ReadsGoOnWhileDearCallsWait) {
  Block(dear_);
  grpc::ClientContext first, second, third;
  auto waiting = Check(&first);
  AwaitQueued();
  EXPECT_EQ(Check(&second).get().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::ListOrdersResponse page;
  EXPECT_TRUE(orders_->ListOrders(&third, {}, &page).ok());
  gate_.set_value();
  EXPECT_TRUE(waiting.get().ok());
  EXPECT_EQ(world_.probes.asked.size(), 1u);
}

TEST_F(RpcFloorTest, ACallThatWaitedTooLongIsNotServed) {
  Block(dear_);
  grpc::ClientContext context;
  auto waiting = Check(&context);
  AwaitQueued();
  world_.clock.Advance(absl::Milliseconds(5001));
  gate_.set_value();
  const grpc::Status status = waiting.get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(status.error_details(), testing::HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_TRUE(world_.probes.asked.empty());
}

TEST_F(RpcFloorTest, ACallThatWasGivenUpIsNotServed) {
  Block(dear_);
  grpc::ClientContext context;
  auto waiting = Check(&context);
  AwaitQueued();
  context.TryCancel();
  EXPECT_EQ(waiting.get().error_code(), grpc::StatusCode::CANCELLED);
  // The server learns of it a moment later than the caller.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  gate_.set_value();
  floor_.AwaitIdle(absl::Seconds(5));
  EXPECT_TRUE(world_.probes.asked.empty());
}

TEST_F(RpcServiceTest, AHugeRequestIsRefused) {
  v1::CreateOrderRequest request = Request();
  request.set_callback_url(std::string(300 * 1024, 'a'));
  v1::Order order;
  EXPECT_EQ(orders_->CreateOrder(Context(key_).get(), request, &order).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace starlift::rpc
