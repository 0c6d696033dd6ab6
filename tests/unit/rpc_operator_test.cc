// The operators' service behind a real server on loopback, over stores that the test fills.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "adapters/metrics/metrics.h"
#include "adapters/rpc/operator_service.h"
#include "adapters/rpc/rpc_server.h"
#include "base/error.h"
#include "domain/order/order_machine.h"
#include "fakes/manual_clock.h"
#include "fakes/recording_signal.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "starlift/admin/v1/operator_service.grpc.pb.h"

namespace starlift::rpc {
namespace {

namespace op = admin::v1;

class FakeReviewStore final : public ReviewStore {
 public:
  absl::StatusOr<std::vector<Review>> List(const ReviewFilter& filter,
                                           const std::optional<ReviewCursor>& after,
                                           int limit) override {
    std::vector<Review> found;
    for (const auto& [id, review] : reviews) {
      if (filter.reason != Reason::kNone && review.order.reason != filter.reason) continue;
      if (after && id <= after->id) continue;
      if (found.size() < static_cast<size_t>(limit)) found.push_back(review);
    }
    return found;
  }
  absl::StatusOr<Review> Find(const OrderId& order) override {
    const auto found = reviews.find(order.value());
    if (found == reviews.end()) return Fail(Reason::kOrderNotFound, "no such order");
    return found->second;
  }
  absl::StatusOr<Resolved> Resolve(const ReviewRequest& request, const Rule& rule) override {
    const auto found = reviews.find(request.order.value());
    if (found == reviews.end()) return Fail(Reason::kOrderNotFound, "no such order");
    Review& review = found->second;
    const auto outcome = rule(review);
    if (!outcome.ok()) return outcome.status();
    review.decisions.push_back(
        {request.note, request.resolution, absl::FromUnixSeconds(5), review.order.sequence});
    if (!outcome->change) return Resolved{review.order, false};
    review.order = outcome->change->order;
    return Resolved{review.order, true};
  }
  absl::StatusOr<std::vector<LaneReport>> ListLanes(bool shut_only, absl::string_view after,
                                                    int limit) override {
    std::vector<LaneReport> found;
    for (const auto& [wallet, lane] : lanes) {
      if (wallet <= after || (shut_only && !lane.shut)) continue;
      if (found.size() < static_cast<size_t>(limit)) found.push_back(lane);
    }
    return found;
  }
  absl::StatusOr<LaneReport> OpenLane(absl::string_view wallet, const OperatorNote&,
                                      const LaneRule& rule) override {
    const auto found = lanes.find(std::string(wallet));
    if (found == lanes.end()) return Fail(Reason::kWalletNotFound, "no such lane");
    const absl::Status allowed = rule(found->second);
    if (!allowed.ok()) return allowed;
    found->second.shut = false;
    return found->second;
  }

  std::map<std::string, Review> reviews;
  std::map<std::string, LaneReport> lanes;
};

class FakeCreditStore final : public CreditStore {
 public:
  absl::StatusOr<CreditAnswer> Book(const CreditBooking& booking) override {
    booked.push_back(booking);
    available += booking.amount;
    return CreditAnswer{available, booked.size() > 1};
  }
  absl::StatusOr<Units> Available(const TenantId& tenant) override {
    if (tenant != TenantId("ten_a")) return Fail(Reason::kTenantNotFound, "no such tenant");
    return available;
  }
  std::vector<CreditBooking> booked;
  Units available;
};

Review InReview(const std::string& id, Reason reason) {
  Review review;
  review.order.id = OrderId(id);
  review.order.tenant = TenantId("ten_a");
  review.order.state = OrderState::kNeedsReview;
  review.order.reason = reason;
  review.order.quote.max_total = Units(500);
  review.order.payer.wallet_address = "0:aa";
  review.order.updated_at = review.order.created_at = review.order.expires_at =
      absl::FromUnixSeconds(1000);
  review.order.quote.quoted_at = review.order.quote.valid_until = absl::FromUnixSeconds(1000);
  review.waiting = absl::Milliseconds(61'500);
  return review;
}

class RpcOperatorTest : public testing::Test {
 protected:
  RpcOperatorTest() {
    DescribeRpcMetrics(&metrics_);
    server_ = *RpcServer::Start(
        {"127.0.0.1:0"}, {MakeOperatorService({floor_, desk_, reviews_, credits_, tokens_})});
    stub_ = op::OperatorService::NewStub(grpc::CreateChannel(
        absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials()));
    Add(InReview("ord_1", Reason::kWorkerCrashedRepeatedly));
    Review paid = InReview("ord_2", Reason::kDeliveryUnconfirmed);
    paid.order.paid_at = absl::FromUnixSeconds(900);
    Add(paid);
    Review unknown = InReview("ord_3", Reason::kPaymentVerdictUnknown);
    ReviewedPayment payment;
    payment.transfer = TransferId("trf_1");
    payment.wallet = "0:aa";
    payment.seqno = 7;
    payment.normalized_hash = "abcd";
    payment.valid_until = absl::FromUnixSeconds(1090);
    payment.amount = Units(410);
    payment.evidence = "the seqno is used up by an unknown message";
    unknown.payments = {payment};
    unknown.lane_shut = true;
    unknown.lane_shut_reason = Reason::kPaymentVerdictUnknown;
    Add(unknown);
  }
  void Add(const Review& review) { reviews_.reviews[review.order.id.value()] = review; }

  template <typename Request, typename Response>
  grpc::Status Ask(grpc::Status (op::OperatorService::Stub::*method)(grpc::ClientContext*,
                                                                     const Request&, Response*),
                   const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(gpr_time_from_seconds(20, GPR_TIMESPAN));
    response->Clear();
    return (stub_.get()->*method)(&context, request, response);
  }
  static std::string ReasonOfError(const grpc::Status& status) {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    if (!details.ParseFromString(status.error_details()) || details.details().empty()) return "";
    details.details(0).UnpackTo(&info);
    return info.reason();
  }
  static op::ResolveReviewRequest Resolving(const std::string& id, op::Resolution resolution,
                                            const std::string& who = "ann") {
    op::ResolveReviewRequest request;
    request.set_name("orders/" + id);
    request.set_resolution(resolution);
    request.set_operator_(who);
    request.set_reason("looked at it");
    return request;
  }
  std::string Refusal(const op::ResolveReviewRequest& request) {
    return ReasonOfError(Ask(&op::OperatorService::Stub::ResolveReview, request, &resolved_));
  }

  ManualClock clock_;
  Metrics metrics_{"test", "0"};
  FakeReviewStore reviews_;
  FakeCreditStore credits_;
  RecordingSignal signal_;
  ReviewDesk desk_{reviews_, nullptr, signal_, clock_, absl::Hours(24)};
  PageTokens tokens_{Secret(std::vector<uint8_t>(32, 4))};
  Executor executor_{1, 100};
  CallFloor floor_{executor_, nullptr, metrics_, clock_};
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<op::OperatorService::Stub> stub_;
  op::ResolveReviewResponse resolved_;
};

TEST_F(RpcOperatorTest, ShowsWhatIsKnown) {
  op::ListReviewsRequest request;
  op::ListReviewsResponse response;
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ListReviews, request, &response).ok());
  ASSERT_EQ(response.reviews_size(), 3);
  EXPECT_THAT(response.reviews(0).allowed(),
              testing::ElementsAre(op::RESOLUTION_REQUEUE, op::RESOLUTION_FAIL));
  EXPECT_THAT(response.reviews(1).allowed(),
              testing::ElementsAre(op::RESOLUTION_DELIVERED, op::RESOLUTION_ACCEPT_LOSS));
  const op::Review& unknown = response.reviews(2);
  EXPECT_EQ(unknown.order().name(), "orders/ord_3");
  EXPECT_EQ(unknown.tenant(), "ten_a");
  EXPECT_EQ(unknown.waiting().seconds(), 61);
  EXPECT_EQ(unknown.waiting().nanos(), 500'000'000);
  EXPECT_TRUE(unknown.lane_shut());
  EXPECT_EQ(unknown.lane_shut_reason(), "PAYMENT_VERDICT_UNKNOWN");
  EXPECT_EQ(unknown.allowed_size(), 0);
  ASSERT_EQ(unknown.payments_size(), 1);
  const op::ReviewPayment& payment = unknown.payments(0);
  EXPECT_EQ(payment.transfer(), "trf_1");
  EXPECT_EQ(payment.seqno(), 7);
  EXPECT_EQ(payment.normalized_hash(), "abcd");
  EXPECT_EQ(payment.valid_until().seconds(), 1090);
  EXPECT_EQ(payment.verdict(), op::VERDICT_UNKNOWN);
  EXPECT_EQ(payment.evidence(), "the seqno is used up by an unknown message");
}

TEST_F(RpcOperatorTest, ListsPageByPageAndByReason) {
  op::ListReviewsRequest request;
  op::ListReviewsResponse response;
  request.set_page_size(2);
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ListReviews, request, &response).ok());
  EXPECT_EQ(response.reviews_size(), 2);
  request.set_page_token(response.next_page_token());
  request.set_reason("DELIVERY_UNCONFIRMED");
  EXPECT_EQ(ReasonOfError(Ask(&op::OperatorService::Stub::ListReviews, request, &response)),
            "INVALID_PAGE_TOKEN");
  request.clear_reason();
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ListReviews, request, &response).ok());
  ASSERT_EQ(response.reviews_size(), 1);
  EXPECT_EQ(response.reviews(0).order().name(), "orders/ord_3");
  EXPECT_EQ(response.next_page_token(), "");
  request.clear_page_token();
  request.set_reason("DELIVERY_UNCONFIRMED");
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ListReviews, request, &response).ok());
  EXPECT_EQ(response.reviews_size(), 1);
  request.set_reason("NO_SUCH_THING");
  EXPECT_EQ(ReasonOfError(Ask(&op::OperatorService::Stub::ListReviews, request, &response)),
            "INVALID_FIELD");
}

TEST_F(RpcOperatorTest, ResolvesAndWakesWhoeverGoesOn) {
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ResolveReview,
                  Resolving("ord_1", op::RESOLUTION_REQUEUE), &resolved_)
                  .ok());
  EXPECT_EQ(resolved_.order().state(), starlift::v1::ORDER_STATE_QUEUED);
  EXPECT_FALSE(resolved_.awaits_second_operator());
  EXPECT_TRUE(signal_.Announced(WorkItem::Kind::kOrder, "ord_1"));
  EXPECT_EQ(signal_.changed, std::vector<std::string>{"ord_1"});
  EXPECT_EQ(Refusal(Resolving("ord_1", op::RESOLUTION_FAIL)), "NOT_IN_REVIEW");
  EXPECT_EQ(Refusal(Resolving("ord_3", op::RESOLUTION_FAIL)), "RESOLUTION_NOT_ALLOWED");
  EXPECT_EQ(Refusal(Resolving("ord_9", op::RESOLUTION_FAIL)), "ORDER_NOT_FOUND");
}

TEST_F(RpcOperatorTest, AsksWhoAndWhyAndHow) {
  EXPECT_EQ(Refusal(Resolving("ord_1", op::RESOLUTION_UNSPECIFIED)), "INVALID_FIELD");
  EXPECT_EQ(Refusal(Resolving("ord_1", static_cast<op::Resolution>(9))), "INVALID_FIELD");
  EXPECT_EQ(Refusal(Resolving("ord_1", op::RESOLUTION_FAIL, "")), "INVALID_FIELD");
  op::ResolveReviewRequest request = Resolving("ord_1", op::RESOLUTION_FAIL);
  request.clear_reason();
  EXPECT_EQ(Refusal(request), "INVALID_FIELD");
  request = Resolving("ord_1", op::RESOLUTION_FAIL);
  request.set_name("ord_1");
  EXPECT_EQ(Refusal(request), "INVALID_FIELD");
  EXPECT_TRUE(reviews_.reviews["ord_1"].decisions.empty());
}

TEST_F(RpcOperatorTest, ALossTakesTwo) {
  const auto wish = Resolving("ord_2", op::RESOLUTION_ACCEPT_LOSS);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Ask(&op::OperatorService::Stub::ResolveReview, wish, &resolved_).ok());
    EXPECT_TRUE(resolved_.awaits_second_operator());
    EXPECT_EQ(resolved_.order().state(), starlift::v1::ORDER_STATE_NEEDS_REVIEW);
  }
  EXPECT_TRUE(signal_.changed.empty());
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ResolveReview,
                  Resolving("ord_2", op::RESOLUTION_ACCEPT_LOSS, "bob"), &resolved_)
                  .ok());
  EXPECT_FALSE(resolved_.awaits_second_operator());
  EXPECT_EQ(resolved_.order().state(), starlift::v1::ORDER_STATE_REVERSED);
  EXPECT_TRUE(signal_.announced.empty());
  op::GetReviewRequest get;
  get.set_name("orders/ord_2");
  op::Review review;
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::GetReview, get, &review).ok());
  ASSERT_EQ(review.decisions_size(), 3);
  EXPECT_EQ(review.decisions(2).operator_(), "bob");
  EXPECT_EQ(review.decisions(2).resolution(), op::RESOLUTION_ACCEPT_LOSS);
  EXPECT_EQ(review.decisions(2).reason(), "looked at it");
}

TEST_F(RpcOperatorTest, ManyAtOnceEachWithItsResult) {
  op::ResolveReviewsRequest request;
  op::ResolveReviewsResponse response;
  request.set_resolution(op::RESOLUTION_FAIL);
  request.set_operator_("ann");
  request.set_reason("all the same");
  EXPECT_EQ(ReasonOfError(Ask(&op::OperatorService::Stub::ResolveReviews, request, &response)),
            "INVALID_FIELD");
  for (const char* name : {"orders/ord_1", "orders/ord_2", "orders/ord_9", "nonsense"}) {
    request.add_names(name);
  }
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ResolveReviews, request, &response).ok());
  ASSERT_EQ(response.results_size(), 4);
  EXPECT_EQ(response.results(0).order().state(), starlift::v1::ORDER_STATE_FAILED);
  EXPECT_EQ(response.results(0).error_reason(), "");
  EXPECT_EQ(response.results(1).error_reason(), "RESOLUTION_NOT_ALLOWED");
  EXPECT_EQ(response.results(1).error_metadata().at("verdict"), "PAID");
  EXPECT_EQ(response.results(2).error_reason(), "ORDER_NOT_FOUND");
  EXPECT_EQ(response.results(3).name(), "nonsense");
  EXPECT_EQ(response.results(3).error_reason(), "INVALID_FIELD");
  for (int i = 0; i < 500; ++i) request.add_names("orders/x");
  EXPECT_EQ(ReasonOfError(Ask(&op::OperatorService::Stub::ResolveReviews, request, &response)),
            "INVALID_FIELD");
  request.clear_names();
  request.add_names("orders/ord_1");
  request.clear_operator_();
  EXPECT_EQ(ReasonOfError(Ask(&op::OperatorService::Stub::ResolveReviews, request, &response)),
            "INVALID_FIELD");
}

TEST_F(RpcOperatorTest, LanesAreListedAndOpened) {
  LaneReport shut;
  shut.wallet = "0:aa";
  shut.version = WalletVersion::kV4R2;
  shut.shut = true;
  shut.shut_reason = Reason::kPaymentWithoutRecord;
  shut.provisional = 2;
  shut.displacements = 3;
  shut.cool_until = absl::FromUnixSeconds(2000);
  LaneReport house;
  house.wallet = "0:bb";
  house.house = true;
  house.waiting = 9;
  reviews_.lanes = {{"0:aa", shut}, {"0:bb", house}};
  op::ListLanesRequest request;
  op::ListLanesResponse response;
  request.set_page_size(1);
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ListLanes, request, &response).ok());
  ASSERT_EQ(response.lanes_size(), 1);
  EXPECT_EQ(response.lanes(0).wallet_version(), starlift::v1::WALLET_VERSION_V4R2);
  EXPECT_EQ(response.lanes(0).shut_reason(), "PAYMENT_WITHOUT_RECORD");
  EXPECT_EQ(response.lanes(0).provisional_transfers(), 2);
  EXPECT_EQ(response.lanes(0).displacements(), 3);
  EXPECT_EQ(response.lanes(0).cool_until().seconds(), 2000);
  EXPECT_FALSE(response.lanes(0).has_unresolved());
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::ListLanes, request, &response).ok());
  EXPECT_TRUE(response.lanes(0).house());
  EXPECT_EQ(response.lanes(0).waiting_orders(), 9);
  EXPECT_FALSE(response.lanes(0).has_cool_until());
  EXPECT_EQ(response.next_page_token(), "");

  op::OpenLaneRequest open;
  op::Lane lane;
  open.set_wallet_address("0:aa");
  open.set_operator_("ann");
  open.set_reason("the owner paid by hand");
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::OpenLane, open, &lane).ok());
  EXPECT_FALSE(lane.shut());
  EXPECT_TRUE(signal_.Announced(WorkItem::Kind::kLane, "0:aa"));
  open.set_wallet_address("0:cc");
  EXPECT_EQ(ReasonOfError(Ask(&op::OperatorService::Stub::OpenLane, open, &lane)),
            "WALLET_NOT_FOUND");
  open.clear_operator_();
  EXPECT_EQ(ReasonOfError(Ask(&op::OperatorService::Stub::OpenLane, open, &lane)), "INVALID_FIELD");
}

TEST_F(RpcOperatorTest, CreditIsBookedAndShown) {
  op::BookCreditRequest request;
  op::BookCreditResponse response;
  request.set_tenant("ten_a");
  request.set_request_id("b1");
  request.set_amount(5'000);
  request.set_operator_("ann");
  request.set_reason("paid in");
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::BookCredit, request, &response).ok());
  EXPECT_EQ(response.credit().available(), 5'000);
  EXPECT_FALSE(response.replayed());
  ASSERT_EQ(credits_.booked.size(), 1u);
  EXPECT_EQ(credits_.booked[0].operator_name, "ann");
  EXPECT_EQ(credits_.booked[0].reason, "paid in");
  const auto refusal = [&](auto change) {
    op::BookCreditRequest wrong = request;
    change(&wrong);
    return ReasonOfError(Ask(&op::OperatorService::Stub::BookCredit, wrong, &response));
  };
  using Request = op::BookCreditRequest;
  EXPECT_EQ(refusal([](Request* r) { r->clear_request_id(); }), "REQUEST_ID_REQUIRED");
  EXPECT_EQ(refusal([](Request* r) { r->set_request_id("a b"); }), "REQUEST_ID_INVALID");
  EXPECT_EQ(refusal([](Request* r) { r->set_amount(0); }), "INVALID_FIELD");
  EXPECT_EQ(refusal([](Request* r) { r->clear_operator_(); }), "INVALID_FIELD");
  EXPECT_EQ(refusal([](Request* r) { r->clear_reason(); }), "INVALID_FIELD");
  EXPECT_EQ(credits_.booked.size(), 1u);
  op::GetCreditRequest get;
  op::Credit credit;
  get.set_tenant("ten_a");
  ASSERT_TRUE(Ask(&op::OperatorService::Stub::GetCredit, get, &credit).ok());
  EXPECT_EQ(credit.available(), 5'000);
  get.set_tenant("ten_b");
  EXPECT_EQ(ReasonOfError(Ask(&op::OperatorService::Stub::GetCredit, get, &credit)),
            "TENANT_NOT_FOUND");
}

}  // namespace
}  // namespace starlift::rpc
