#include "adapters/rpc/error_mapping.h"

#include <grpcpp/support/status.h>

#include <string>

#include "base/error.h"
#include "domain/order/field_mistakes.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace starlift::rpc {
namespace {

constexpr absl::string_view kDomain = "starlift";

void AddErrorInfo(const absl::Status& status, google::rpc::Status* out) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(ReasonName(ReasonOf(status))));
  info.set_domain(std::string(kDomain));
  for (const auto& [name, value] : MetadataOf(status)) (*info.mutable_metadata())[name] = value;
  out->add_details()->PackFrom(info);
}

void AddBadRequest(const absl::Status& status, google::rpc::Status* out) {
  google::rpc::BadRequest bad;
  for (const FieldMistake& mistake : FieldMistakesOf(status)) {
    google::rpc::BadRequest::FieldViolation* violation = bad.add_field_violations();
    violation->set_field(mistake.field);
    violation->set_description(mistake.message);
  }
  if (bad.field_violations_size() > 0) out->add_details()->PackFrom(bad);
}

void AddRetryInfo(const absl::Status& status, google::rpc::Status* out) {
  const int64_t millis = RetryDelayMillis(status.code());
  if (millis == 0) return;
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(millis / 1000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(millis % 1000) * 1'000'000);
  out->add_details()->PackFrom(retry);
}

}  // namespace

int64_t RetryDelayMillis(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return 1000;
    case absl::StatusCode::kResourceExhausted:
      return 500;
    case absl::StatusCode::kAborted:
      return 200;
    default:
      return 0;
  }
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status told = ReasonOf(status) == Reason::kInternal
                                ? Fail(Reason::kInternal, "an internal error; the log knows more")
                                : status;
  google::rpc::Status details;
  details.set_code(static_cast<int>(told.code()));
  details.set_message(std::string(told.message()));
  AddErrorInfo(told, &details);
  AddBadRequest(told, &details);
  AddRetryInfo(told, &details);
  return grpc::Status(static_cast<grpc::StatusCode>(told.code()), std::string(told.message()),
                      details.SerializeAsString());
}

}  // namespace starlift::rpc
