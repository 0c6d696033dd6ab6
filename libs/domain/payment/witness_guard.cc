#include "domain/payment/witness_guard.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "domain/payment/lost_judge.h"

namespace starlift {
namespace {

// Of the wallet's own lost transfers that are looked at in one step: each is a few calls to every
// provider, and the lane's lease is short. What has a final verdict does not come again.
constexpr int kPerStep = 16;

void StopOrders(const LostTransfer& lost, const std::vector<OrderId>& orders,
                Clearance* clearance) {
  for (const OrderId& order : lost.line.orders) {
    if (std::find(orders.begin(), orders.end(), order) == orders.end()) continue;
    if (!Settled(lost)) {
      clearance->wait.push_back(order);
    } else if (PaidIn(lost, order)) {
      clearance->paid_without_record.emplace_back(order, lost.transaction_hash);
    }
  }
}

}  // namespace

absl::StatusOr<Clearance> WitnessGuard::Check(const Lane& lane, const std::vector<OrderId>& orders,
                                              absl::Time state_time) {
  Clearance clearance;
  ASSIGN_OR_RETURN(const WitnessAnswer answer,
                   witness_.Ask(lane.wallet(), lane.newest_number, orders));
  bool rolled_back = false;
  ASSIGN_OR_RETURN(const Era era, watch_.Compare(answer, &rolled_back));
  if (rolled_back) {
    clearance.why = "the database is behind the witness log: it was rolled back";
    return clearance;
  }
  if (state_time <= era.safe_after) {
    clearance.why = "a rolled back database: lost transfers may still be executed";
    return clearance;
  }
  ASSIGN_OR_RETURN(const std::vector<WitnessLine> lines, releases_.WithoutRow(answer.lines));
  clearance.may_sign = true;
  if (!lines.empty()) RETURN_IF_ERROR(eras_.RecordMissing(lines));
  RETURN_IF_ERROR(StopForOwn(lane, orders, &clearance));
  // After these: what was judged just now counts.
  RETURN_IF_ERROR(StopFor(lines, lane, orders, &clearance));
  return clearance;
}

// Whatever the database lost of this wallet, whoever found it. One that is dead by expiry alone
// stops nothing: what is signed next has its seqno, and the chain admits one of the two.
absl::Status WitnessGuard::StopForOwn(const Lane& lane, const std::vector<OrderId>& orders,
                                      Clearance* clearance) {
  ASSIGN_OR_RETURN(std::vector<LostTransfer> open, eras_.OpenLost(kPerStep + 1, lane.wallet()));
  if (open.size() > kPerStep) {
    clearance->may_sign = false;
    clearance->why = "many lost transfers of this wallet have no verdict yet";
    open.resize(kPerStep);
  }
  for (LostTransfer& lost : open) {
    ASSIGN_OR_RETURN(const JudgedLoss judged,
                     JudgeLost(std::move(lost), eras_, providers_, rules_));
    if (judged.dead || Settled(judged.lost)) continue;
    StopOrders(judged.lost, orders, clearance);
    clearance->may_sign = false;
    clearance->why = "a lost transfer of this wallet has no verdict yet";
  }
  return absl::OkStatus();
}

// `asked`: the lines without a row that the log told, of the orders among them.
absl::Status WitnessGuard::StopFor(const std::vector<WitnessLine>& asked, const Lane& lane,
                                   const std::vector<OrderId>& orders, Clearance* clearance) {
  if (asked.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto found, eras_.FindLost(HashesOf(asked)));
  for (const auto& [hash, lost] : found) {
    const bool own = lost.line.wallet == lane.wallet();
    if (!own || Settled(lost)) StopOrders(lost, orders, clearance);
  }
  return absl::OkStatus();
}

absl::Status WitnessGuard::Witness(const Transfer& transfer, const Payer& payer) {
  WitnessLine line;
  line.number = transfer.number;
  line.wallet = transfer.wallet;
  line.version = payer.version;
  line.public_key_hex = payer.public_key_hex;
  line.seqno = transfer.seqno;
  line.start_lt = transfer.start_lt;
  line.valid_until = transfer.valid_until;
  line.normalized_hash = transfer.normalized_hash;
  for (const Payment& payment : transfer.payments) {
    if (payment.kind != PaymentKind::kPurchase) continue;
    line.orders.push_back(payment.order);
    line.payees.push_back(payment.payee);
    line.payload_hashes.push_back(payment.body_hash);
  }
  return witness_.Write(line);
}

}  // namespace starlift
