#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/access/operator_note.h"
#include "domain/payment/ports/review_store.h"

// Between the operators' messages and the domain's values.
namespace starlift::admin::v1 {
class Lane;
class Review;
}  // namespace starlift::admin::v1

namespace starlift::rpc {

// INVALID_ARGUMENT INVALID_FIELD for RESOLUTION_UNSPECIFIED and for what this version does not
// know.
absl::StatusOr<Resolution> ResolutionFromProto(int resolution);
// A reason's name; empty: kNone. INVALID_ARGUMENT INVALID_FIELD for what is no reason.
absl::StatusOr<Reason> ReasonFromName(absl::string_view name);

void ToProto(const Review& review, admin::v1::Review* out);
void ToProto(const LaneReport& lane, admin::v1::Lane* out);

}  // namespace starlift::rpc
