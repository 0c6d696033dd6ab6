#include "domain/order/order.h"

#include <array>

#include "base/check.h"

namespace starlift {
namespace {

constexpr std::array<absl::string_view, 11> kStates = {
    "AWAITING_PAYMENT", "QUEUED",  "INVOICED",  "PAYING",       "PAID",    "DELIVERED",
    "FAILED",           "EXPIRED", "CANCELLED", "NEEDS_REVIEW", "REVERSED"};
constexpr std::array<absl::string_view, 4> kFundings = {"wallet", "external", "balance", "invoice"};
constexpr std::array<absl::string_view, 2> kSessionKinds = {"own", "house"};
constexpr std::array<absl::string_view, 2> kWalletVersions = {"v5r1", "v4r2"};
constexpr std::array<absl::string_view, 4> kEvidence = {"none", "session_state", "history",
                                                        "operator"};

template <typename Enum, size_t size>
Enum Parse(const std::array<absl::string_view, size>& names, absl::string_view name) {
  for (size_t i = 0; i < size; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  STARLIFT_CHECK(false && "a word that the table's CHECK does not admit");
  return Enum{};
}

}  // namespace

absl::string_view OrderStateName(OrderState state) { return kStates[static_cast<size_t>(state)]; }
absl::string_view FundingName(Funding funding) { return kFundings[static_cast<size_t>(funding)]; }
absl::string_view SessionKindName(SessionKind kind) {
  return kSessionKinds[static_cast<size_t>(kind)];
}
absl::string_view WalletVersionName(WalletVersion version) {
  return kWalletVersions[static_cast<size_t>(version)];
}
absl::string_view DeliveryEvidenceName(DeliveryEvidence evidence) {
  return kEvidence[static_cast<size_t>(evidence)];
}
OrderState ParseOrderState(absl::string_view name) { return Parse<OrderState>(kStates, name); }
Funding ParseFunding(absl::string_view name) { return Parse<Funding>(kFundings, name); }
SessionKind ParseSessionKind(absl::string_view name) {
  return Parse<SessionKind>(kSessionKinds, name);
}
WalletVersion ParseWalletVersion(absl::string_view name) {
  return Parse<WalletVersion>(kWalletVersions, name);
}
DeliveryEvidence ParseDeliveryEvidence(absl::string_view name) {
  return Parse<DeliveryEvidence>(kEvidence, name);
}

OrderId OrderIdFor(const TenantId& tenant, absl::string_view request_id) {
  const absl::string_view parts[] = {"order", tenant.value(), request_id};
  return OrderId(DerivedId("ord_", parts));
}

}  // namespace starlift
