#include "adapters/rpc/operator_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/rpc/operator_mapping.h"
#include "adapters/rpc/order_mapping.h"
#include "base/error.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "starlift/admin/v1/operator_service.grpc.pb.h"

namespace starlift::rpc {
namespace {

namespace op = admin::v1;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 500;
constexpr int kMostAtOnce = 500;

absl::StatusOr<int> PageSize(int asked) {
  if (asked < 0) return FailField(Reason::kInvalidField, "page_size", "must not be negative");
  return asked == 0 ? kDefaultPage : std::min(asked, kLargestPage);
}

template <typename Request>
OperatorNote NoteOf(const Request& request) {
  return {request.operator_(), request.reason()};
}

// Beside the row that is kept: what people did to money belongs into the log as well.
void LogDecision(absl::string_view action, const OperatorNote& note, absl::string_view about) {
  Log(LogLevel::kInfo, "operator", {{"action", action}, {"operator", note.name}, {"about", about}});
}

class OperatorService final : public op::OperatorService::CallbackService {
 public:
  explicit OperatorService(const OperatorServiceDeps& deps) : deps_(deps) {}

  ServerUnaryReactor* ListReviews(CallbackServerContext* context,
                                  const op::ListReviewsRequest* request,
                                  op::ListReviewsResponse* response) override {
    return deps_.floor.Run(context, "OperatorService/ListReviews",
                           [=, this](Call&) { return Reviews(*request, response); });
  }

  ServerUnaryReactor* GetReview(CallbackServerContext* context, const op::GetReviewRequest* request,
                                op::Review* response) override {
    return deps_.floor.Run(context, "OperatorService/GetReview",
                           [=, this](Call& call) { return Find(*request, &call, response); });
  }

  ServerUnaryReactor* ResolveReview(CallbackServerContext* context,
                                    const op::ResolveReviewRequest* request,
                                    op::ResolveReviewResponse* response) override {
    return deps_.floor.Run(context, "OperatorService/ResolveReview",
                           [=, this](Call& call) { return Resolve(*request, &call, response); });
  }

  ServerUnaryReactor* ResolveReviews(CallbackServerContext* context,
                                     const op::ResolveReviewsRequest* request,
                                     op::ResolveReviewsResponse* response) override {
    return deps_.floor.Run(context, "OperatorService/ResolveReviews",
                           [=, this](Call&) { return ResolveMany(*context, *request, response); });
  }

  ServerUnaryReactor* ListLanes(CallbackServerContext* context, const op::ListLanesRequest* request,
                                op::ListLanesResponse* response) override {
    return deps_.floor.Run(context, "OperatorService/ListLanes",
                           [=, this](Call&) { return Lanes(*request, response); });
  }

  ServerUnaryReactor* OpenLane(CallbackServerContext* context, const op::OpenLaneRequest* request,
                               op::Lane* response) override {
    return deps_.floor.Run(context, "OperatorService/OpenLane",
                           [=, this](Call&) { return Open(*request, response); });
  }

  ServerUnaryReactor* BookCredit(CallbackServerContext* context,
                                 const op::BookCreditRequest* request,
                                 op::BookCreditResponse* response) override {
    return deps_.floor.Run(context, "OperatorService/BookCredit",
                           [=, this](Call& call) { return Book(*request, &call, response); });
  }

  ServerUnaryReactor* GetCredit(CallbackServerContext* context, const op::GetCreditRequest* request,
                                op::Credit* response) override {
    return deps_.floor.Run(context, "OperatorService/GetCredit",
                           [=, this](Call&) { return Available(*request, response); });
  }

 private:
  absl::Status Reviews(const op::ListReviewsRequest& request, op::ListReviewsResponse* response) {
    ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
    ReviewFilter filter;
    ASSIGN_OR_RETURN(filter.reason, ReasonFromName(request.reason()));
    const std::vector<std::string> listing = {"reviews.1", request.reason()};
    std::optional<ReviewCursor> after;
    if (!request.page_token().empty()) {
      ASSIGN_OR_RETURN(const OrderCursor cursor,
                       deps_.page_tokens.Read(request.page_token(), listing));
      after = ReviewCursor{cursor.created_at, cursor.id};
    }
    // One more than asked for tells whether there is a next page.
    ASSIGN_OR_RETURN(const std::vector<Review> reviews,
                     deps_.reviews.List(filter, after, size + 1));
    const size_t shown = std::min(reviews.size(), static_cast<size_t>(size));
    for (size_t i = 0; i < shown; ++i) ToProto(reviews[i], response->add_reviews());
    if (reviews.size() > shown) {
      const Order& last = reviews[shown - 1].order;
      response->set_next_page_token(
          deps_.page_tokens.Make(listing, {last.updated_at, last.id.value()}));
    }
    return absl::OkStatus();
  }

  absl::Status Find(const op::GetReviewRequest& request, Call* call, op::Review* response) {
    ASSIGN_OR_RETURN(const OrderId id, OrderIdFromName(request.name()));
    call->order = id.value();
    ASSIGN_OR_RETURN(const Review review, deps_.reviews.Find(id));
    ToProto(review, response);
    return absl::OkStatus();
  }

  absl::StatusOr<ReviewStore::Resolved> ResolveOne(const std::string& name, int resolution,
                                                   const OperatorNote& note) {
    ReviewRequest asked;
    ASSIGN_OR_RETURN(asked.order, OrderIdFromName(name));
    ASSIGN_OR_RETURN(asked.resolution, ResolutionFromProto(resolution));
    asked.note = note;
    ASSIGN_OR_RETURN(const ReviewStore::Resolved resolved, deps_.desk.Resolve(asked));
    LogDecision(ResolutionName(asked.resolution), note, name);
    return resolved;
  }

  absl::Status Resolve(const op::ResolveReviewRequest& request, Call* call,
                       op::ResolveReviewResponse* response) {
    ASSIGN_OR_RETURN(const ReviewStore::Resolved resolved,
                     ResolveOne(request.name(), request.resolution(), NoteOf(request)));
    call->order = resolved.order.id.value();
    ToProto(resolved.order, response->mutable_order());
    response->set_awaits_second_operator(!resolved.moved);
    return absl::OkStatus();
  }

  absl::Status ResolveMany(const CallbackServerContext& context,
                           const op::ResolveReviewsRequest& request,
                           op::ResolveReviewsResponse* response) {
    if (request.names_size() == 0 || request.names_size() > kMostAtOnce) {
      return FailField(Reason::kInvalidField, "names", "from 1 to 500 orders");
    }
    // What is wrong for all of them is said once.
    RETURN_IF_ERROR(ResolutionFromProto(request.resolution()).status());
    RETURN_IF_ERROR(CheckOperatorNote(NoteOf(request)));
    for (const std::string& name : request.names()) {
      if (context.IsCancelled()) return Fail(Reason::kCancelledByCaller, "the caller went away");
      op::ReviewResult* result = response->add_results();
      result->set_name(name);
      const auto resolved = ResolveOne(name, request.resolution(), NoteOf(request));
      if (resolved.ok()) {
        ToProto(resolved->order, result->mutable_order());
        result->set_awaits_second_operator(!resolved->moved);
        continue;
      }
      AddError(resolved.status(), result);
    }
    return absl::OkStatus();
  }

  static void AddError(const absl::Status& status, op::ReviewResult* result) {
    const Reason reason = ReasonOf(status);
    result->set_error_reason(std::string(ReasonName(reason)));
    if (reason == Reason::kInternal) {
      Log(LogLevel::kError, "review", {{"order", result->name()}, {"detail", status.message()}});
      result->set_error_message("an internal error; the log knows more");
      return;
    }
    result->set_error_message(std::string(status.message()));
    for (const auto& [name, value] : MetadataOf(status)) {
      (*result->mutable_error_metadata())[name] = value;
    }
  }

  absl::Status Lanes(const op::ListLanesRequest& request, op::ListLanesResponse* response) {
    ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
    const std::vector<std::string> listing = {"lanes.1", request.shut_only() ? "shut" : ""};
    std::string after;
    if (!request.page_token().empty()) {
      ASSIGN_OR_RETURN(const OrderCursor cursor,
                       deps_.page_tokens.Read(request.page_token(), listing));
      after = cursor.id;
    }
    ASSIGN_OR_RETURN(const std::vector<LaneReport> lanes,
                     deps_.reviews.ListLanes(request.shut_only(), after, size + 1));
    const size_t shown = std::min(lanes.size(), static_cast<size_t>(size));
    for (size_t i = 0; i < shown; ++i) ToProto(lanes[i], response->add_lanes());
    if (lanes.size() > shown) {
      response->set_next_page_token(
          deps_.page_tokens.Make(listing, {absl::UnixEpoch(), lanes[shown - 1].wallet}));
    }
    return absl::OkStatus();
  }

  absl::Status Open(const op::OpenLaneRequest& request, op::Lane* response) {
    if (request.wallet_address().empty()) {
      return FailField(Reason::kInvalidField, "wallet_address", "must be a raw address");
    }
    ASSIGN_OR_RETURN(const LaneReport lane,
                     deps_.desk.OpenLane(request.wallet_address(), NoteOf(request)));
    LogDecision("open_lane", NoteOf(request), lane.wallet);
    ToProto(lane, response);
    return absl::OkStatus();
  }

  absl::Status Book(const op::BookCreditRequest& request, Call* call,
                    op::BookCreditResponse* response) {
    RETURN_IF_ERROR(CheckRequestId(request.request_id()));
    RETURN_IF_ERROR(CheckOperatorNote(NoteOf(request)));
    RETURN_IF_ERROR(CheckBookedAmount(Units(request.amount())));
    const CreditBooking booking{TenantId(request.tenant()), request.request_id(),
                                Units(request.amount()), request.operator_(), request.reason()};
    ASSIGN_OR_RETURN(const CreditAnswer answer, deps_.credits.Book(booking));
    call->replayed = answer.replayed;
    if (!answer.replayed) {
      LogDecision(absl::StrCat("credit ", request.amount()), NoteOf(request), request.tenant());
    }
    response->mutable_credit()->set_tenant(request.tenant());
    response->mutable_credit()->set_available(answer.available.value());
    response->set_replayed(answer.replayed);
    return absl::OkStatus();
  }

  absl::Status Available(const op::GetCreditRequest& request, op::Credit* response) {
    ASSIGN_OR_RETURN(const Units available, deps_.credits.Available(TenantId(request.tenant())));
    response->set_tenant(request.tenant());
    response->set_available(available.value());
    return absl::OkStatus();
  }

  const OperatorServiceDeps deps_;
};

}  // namespace

std::shared_ptr<grpc::Service> MakeOperatorService(const OperatorServiceDeps& deps) {
  return std::make_shared<OperatorService>(deps);
}

}  // namespace starlift::rpc
