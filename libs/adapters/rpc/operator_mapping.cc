#include "adapters/rpc/operator_mapping.h"

#include <string>

#include "adapters/rpc/order_mapping.h"
#include "base/error.h"
#include "domain/payment/review.h"
#include "starlift/admin/v1/operator_service.pb.h"

namespace starlift::rpc {
namespace {

// The API's numbers follow the domain's order, one higher: 0 is "unspecified".
static_assert(admin::v1::RESOLUTION_REQUEUE == static_cast<int>(Resolution::kRequeue) + 1);
static_assert(admin::v1::RESOLUTION_FAIL == static_cast<int>(Resolution::kFail) + 1);
static_assert(admin::v1::RESOLUTION_DELIVERED == static_cast<int>(Resolution::kDelivered) + 1);
static_assert(admin::v1::RESOLUTION_ACCEPT_LOSS == static_cast<int>(Resolution::kAcceptLoss) + 1);
static_assert(admin::v1::VERDICT_LIVE == static_cast<int>(Verdict::kLive) + 1);
static_assert(admin::v1::VERDICT_PAID == static_cast<int>(Verdict::kPaid) + 1);
static_assert(admin::v1::VERDICT_DEAD == static_cast<int>(Verdict::kDead) + 1);
static_assert(admin::v1::VERDICT_UNKNOWN == static_cast<int>(Verdict::kUnknown) + 1);
static_assert(starlift::v1::WALLET_VERSION_V4R2 == static_cast<int>(WalletVersion::kV4R2) + 1);

admin::v1::Resolution NumberOf(Resolution resolution) {
  return static_cast<admin::v1::Resolution>(static_cast<int>(resolution) + 1);
}

admin::v1::Verdict NumberOf(Verdict verdict) {
  return static_cast<admin::v1::Verdict>(static_cast<int>(verdict) + 1);
}

std::string NameOrNothing(Reason reason) {
  return reason == Reason::kNone ? "" : std::string(ReasonName(reason));
}

void Fill(const ReviewedPayment& payment, admin::v1::ReviewPayment* out) {
  out->set_transfer(payment.transfer.value());
  out->set_wallet_address(payment.wallet);
  out->set_seqno(payment.seqno);
  out->set_normalized_hash(payment.normalized_hash);
  ToProto(payment.valid_until, out->mutable_valid_until());
  out->set_amount(payment.amount.value());
  out->set_verdict(NumberOf(payment.verdict));
  out->set_provisional(payment.provisional);
  out->set_transaction_hash(payment.transaction_hash);
  out->set_evidence(payment.evidence);
}

void Fill(const LostPayment& lost, admin::v1::LostPayment* out) {
  out->set_wallet_address(lost.wallet);
  out->set_seqno(lost.seqno);
  out->set_normalized_hash(lost.normalized_hash);
  ToProto(lost.valid_until, out->mutable_valid_until());
  out->set_verdict(NumberOf(lost.verdict));
  out->set_transaction_hash(lost.transaction_hash);
}

void Fill(const OperatorDecision& decision, admin::v1::Decision* out) {
  out->set_operator_(decision.note.name);
  out->set_resolution(NumberOf(decision.resolution));
  out->set_reason(decision.note.reason);
  ToProto(decision.at, out->mutable_decide_time());
}

void Fill(absl::Duration duration, google::protobuf::Duration* out) {
  out->set_seconds(absl::ToInt64Seconds(duration));
  out->set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(duration - absl::Seconds(absl::ToInt64Seconds(duration)))));
}

}  // namespace

absl::StatusOr<Resolution> ResolutionFromProto(int resolution) {
  if (resolution == admin::v1::RESOLUTION_UNSPECIFIED) {
    return FailField(Reason::kInvalidField, "resolution", "how the review is to end is required");
  }
  if (!admin::v1::Resolution_IsValid(resolution)) {
    return FailField(Reason::kInvalidField, "resolution", "not a value that this version knows");
  }
  return static_cast<Resolution>(resolution - 1);
}

absl::StatusOr<Reason> ReasonFromName(absl::string_view name) {
  if (name.empty()) return Reason::kNone;
  const Reason reason = ParseReason(name);
  if (ReasonName(reason) == name) return reason;
  return FailField(Reason::kInvalidField, "reason", "not the name of a reason");
}

void ToProto(const Review& review, admin::v1::Review* out) {
  ToProto(review.order, out->mutable_order());
  out->set_tenant(review.order.tenant.value());
  for (const ReviewedPayment& payment : review.payments) Fill(payment, out->add_payments());
  for (const LostPayment& lost : review.lost) Fill(lost, out->add_lost_payments());
  out->set_lane_shut(review.lane_shut);
  out->set_lane_shut_reason(NameOrNothing(review.lane_shut_reason));
  Fill(review.waiting, out->mutable_waiting());
  for (const OperatorDecision& decision : review.decisions) {
    Fill(decision, out->add_decisions());
  }
  for (Resolution allowed : AllowedResolutions(review)) out->add_allowed(NumberOf(allowed));
}

void ToProto(const LaneReport& lane, admin::v1::Lane* out) {
  out->set_wallet_address(lane.wallet);
  out->set_wallet_version(
      static_cast<starlift::v1::WalletVersion>(static_cast<int>(lane.version) + 1));
  out->set_house(lane.house);
  out->set_shut(lane.shut);
  out->set_shut_reason(NameOrNothing(lane.shut_reason));
  out->set_displacements(lane.displacements);
  out->set_provisional_transfers(lane.provisional);
  out->set_waiting_orders(lane.waiting);
  if (lane.unresolved) Fill(*lane.unresolved, out->mutable_unresolved());
  if (lane.cool_until != absl::InfinitePast()) {
    ToProto(lane.cool_until, out->mutable_cool_until());
  }
}

}  // namespace starlift::rpc
