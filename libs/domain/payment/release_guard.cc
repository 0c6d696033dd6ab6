#include "domain/payment/release_guard.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/status_macros.h"

namespace starlift {
namespace {

bool Contains(const std::vector<OrderId>& orders, const OrderId& order) {
  return std::find(orders.begin(), orders.end(), order) != orders.end();
}

}  // namespace

bool Settled(const LostTransfer& lost) {
  return lost.verdict == Verdict::kPaid || lost.verdict == Verdict::kDead;
}

bool PaidIn(const LostTransfer& lost, const OrderId& order) {
  return Contains(lost.paid_orders, order);
}

std::vector<std::string> HashesOf(const std::vector<WitnessLine>& lines) {
  std::vector<std::string> hashes;
  for (const WitnessLine& line : lines) hashes.push_back(line.normalized_hash);
  return hashes;
}

MoveReason WithheldReason(const Withheld& withheld, MoveReason why) {
  if (!withheld.paid) return why;
  return {Reason::kPaymentWithoutRecord,
          "a transfer that the database lost paid this order",
          {{"transaction_hash", withheld.transaction_hash}}};
}

absl::StatusOr<std::map<OrderId, Withheld>> ReleaseGuard::Look(const std::vector<OrderId>& orders) {
  std::map<OrderId, Withheld> held;
  ASSIGN_OR_RETURN(const WitnessAnswer answer, witness_.Ask("", 0, orders));
  ASSIGN_OR_RETURN(const std::vector<WitnessLine> lines, WithoutRow(answer.lines));
  if (lines.empty()) return held;
  ASSIGN_OR_RETURN(const auto found, eras_.FindLost(HashesOf(lines)));
  for (const WitnessLine& line : lines) {
    const auto known = found.find(line.normalized_hash);
    LostTransfer lost;
    if (known != found.end()) lost = known->second;
    for (const OrderId& order : line.orders) {
      if (!Contains(orders, order)) continue;
      if (PaidIn(lost, order)) {
        held[order].paid = true;
        held[order].transaction_hash = lost.transaction_hash;
      } else if (!Settled(lost)) {
        held[order].open.push_back(line);
      }
    }
  }
  return held;
}

absl::StatusOr<std::vector<OrderId>> ReleaseGuard::Held(const std::vector<OrderId>& orders) {
  ASSIGN_OR_RETURN(const auto withheld, Look(orders));
  std::vector<OrderId> held;
  for (const auto& [order, why] : withheld) held.push_back(order);
  return held;
}

absl::StatusOr<std::vector<WitnessLine>> ReleaseGuard::WithoutRow(
    const std::vector<WitnessLine>& lines) {
  std::vector<WitnessLine> missing;
  if (lines.empty()) return missing;
  ASSIGN_OR_RETURN(const std::set<std::string> known, lanes_.KnownTransfers(HashesOf(lines)));
  for (const WitnessLine& line : lines) {
    if (known.count(line.normalized_hash) == 0) missing.push_back(line);
  }
  return missing;
}

}  // namespace starlift
