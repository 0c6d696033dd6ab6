#include "domain/payment/transfer.h"

#include "base/check.h"

namespace starlift {
namespace {

constexpr absl::string_view kVerdicts[] = {"LIVE", "PAID", "DEAD", "UNKNOWN"};
constexpr absl::string_view kKinds[] = {"purchase", "commission"};

}  // namespace

absl::string_view VerdictName(Verdict verdict) { return kVerdicts[static_cast<int>(verdict)]; }

Verdict ParseVerdict(absl::string_view name) {
  for (Verdict verdict : {Verdict::kLive, Verdict::kPaid, Verdict::kDead, Verdict::kUnknown}) {
    if (name == VerdictName(verdict)) return verdict;
  }
  STARLIFT_CHECK(false && "a verdict that the table's CHECK does not admit");
  return Verdict::kUnknown;
}

absl::string_view PaymentKindName(PaymentKind kind) { return kKinds[static_cast<int>(kind)]; }

PaymentKind ParsePaymentKind(absl::string_view name) {
  for (PaymentKind kind : {PaymentKind::kPurchase, PaymentKind::kCommission}) {
    if (name == PaymentKindName(kind)) return kind;
  }
  STARLIFT_CHECK(false && "a payment kind that the table's CHECK does not admit");
  return PaymentKind::kPurchase;
}

}  // namespace starlift
