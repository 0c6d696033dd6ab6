// The part of LaneStep that signs a transfer, writes it down, and hands it over.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/order_machine.h"
#include "domain/payment/lane_step.h"
#include "domain/payment/transfer_signer.h"

namespace starlift {
namespace {

std::vector<OrderChange> Paying(const std::vector<PayableOrder>& chosen, const Transfer& transfer,
                                absl::Time now) {
  std::vector<OrderChange> changes;
  for (const PayableOrder& one : chosen) {
    Order paying = Move(one.order, OrderState::kPaying, now);
    paying.payment.normalized_hash = transfer.normalized_hash;
    changes.push_back({std::move(paying), {}});
  }
  return changes;
}

void TakeInvoices(const std::vector<PayableOrder>& chosen, TransferPlan* plan) {
  plan->invoices.clear();
  for (const PayableOrder& one : chosen) plan->invoices.push_back(one.invoice);
}

absl::Time NearestExpiry(const std::vector<PayableOrder>& chosen) {
  absl::Time nearest = absl::InfiniteFuture();
  for (const PayableOrder& one : chosen) nearest = std::min(nearest, one.invoice.valid_until);
  return nearest;
}

}  // namespace

absl::StatusOr<absl::Time> LaneStep::Sign(const Lane& lane, std::vector<PayableOrder> chosen,
                                          const Held& burners, const AccountState& account,
                                          const WalletReading& wallet) {
  const absl::Time now = ports_.clock.Now();
  std::vector<OrderChange> ended;
  const absl::StatusOr<Secret> key = KeyFor(lane, chosen, burners, &ended);
  if (!ended.empty()) return MoveWaiting(lane, std::move(ended));
  if (!key.ok()) {  // a key that this worker lacks: another one, or a repaired one, may have it
    RETURN_IF_ERROR(ComeBack(lane, rules_.review_poll_every).status());
    return key.status();
  }
  TransferPlan plan;
  plan.payer = lane.payer;
  plan.wallet = wallet;
  plan.start_lt = account.last_lt;
  plan.valid_until = ValidUntil(account.state_time, now, NearestExpiry(chosen), rules_);
  // A provider that lags, or an invoice that ran out meanwhile: a signature that is born old would
  // only die and count as an attempt.
  if (plan.valid_until - std::max(account.state_time, now) < rules_.valid_for / 3) {
    return ComeBack(lane, rules_.read_retry);
  }
  TakeInvoices(chosen, &plan);
  absl::StatusOr<Transfer> transfer = SignTransfer(plan, *key, rules_, now, ports_.random);
  // Too large for the network: fewer fit.
  while (absl::IsInvalidArgument(transfer.status()) && chosen.size() > 1) {
    chosen.resize(chosen.size() - chosen.size() / 4 - (chosen.size() < 4 ? 1 : 0));
    TakeInvoices(chosen, &plan);
    transfer = SignTransfer(plan, *key, rules_, now, ports_.random);
  }
  if (!transfer.ok()) {
    if (chosen.empty()) return transfer.status();
    const MoveReason why = ReasonFrom(transfer.status());
    const PayableOrder& first = chosen.front();
    return MoveWaiting(lane, {EndUnpaid(first.order, first.hold_money, why, now)});
  }
  // The same content signed again within the same second is the same message, which died already.
  ASSIGN_OR_RETURN(const auto known, ports_.lanes.KnownTransfers({transfer->normalized_hash}));
  if (!known.empty()) return ComeBack(lane, rules_.read_retry);
  const std::vector<OrderChange> paying = Paying(chosen, *transfer, now);
  RETURN_IF_ERROR(Commit(lane, *transfer, paying));
  TellAll(paying, false);
  return Send(lane, transfer->id);
}

// The wallet's key: the house's own, or one of those that the orders brought (each order of a
// wallet brings the same). An order whose key opens and is another wallet's ends.
absl::StatusOr<Secret> LaneStep::KeyFor(const Lane& lane, const std::vector<PayableOrder>& chosen,
                                        const Held& burners, std::vector<OrderChange>* ended) {
  if (lane.house) return ports_.house.KeyOf(lane.wallet());
  absl::StatusOr<Secret> key = Fail(Reason::kInternal, "no order of the wallet brought its key");
  const auto open = [&](const Order& order, const SealedSecret& sealed) {
    key = ports_.opener.Open(sealed, {order.tenant, "order", order.id.value(), "wallet_key"});
    if (!key.ok()) return absl::OkStatus();
    const absl::Status fits = CheckKey(*key, lane.payer, rules_.network_global_id);
    if (!fits.ok()) key = fits;
    return fits;
  };
  for (const PayableOrder& one : chosen) {
    const absl::Status fits = open(one.order, one.wallet_key);
    if (key.ok()) return key;
    if (fits.ok()) continue;
    ended->push_back(EndUnpaid(one.order, one.hold_money, ReasonFrom(fits), ports_.clock.Now()));
  }
  for (const LaneStore::HeldOrder& one : burners) {
    if (open(one.order, one.wallet_key).ok() && key.ok()) return key;
  }
  return key;
}

// Written down before the first byte leaves. A commit whose answer was lost is read back; until it
// was found nothing is sent, and the lease runs out by itself.
absl::Status LaneStep::Commit(const Lane& lane, const Transfer& transfer,
                              const std::vector<OrderChange>& paying) {
  const absl::Status committed = ports_.lanes.CommitTransfer(lane, transfer, paying);
  if (committed.code() != absl::StatusCode::kUnknown) return committed;
  ASSIGN_OR_RETURN(const std::optional<Transfer> stored, ports_.lanes.FindTransfer(transfer.id));
  if (!stored) return Fail(Reason::kStorageUnavailable, "the transfer was not committed");
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> LaneStep::Send(const Lane& lane, const TransferId& id) {
  // Read back: what is sent is what is stored, byte for byte.
  ASSIGN_OR_RETURN(const std::optional<Transfer> stored, ports_.lanes.FindTransfer(id));
  if (!stored) return Fail(Reason::kInternal, "a committed transfer is missing");
  if (stored->sends == 0 && !guard_.Witness(*stored, lane.payer).ok()) {
    return ComeBack(lane, rules_.read_retry);
  }
  const SendResult result = ports_.chain.Send(stored->boc, stored->sends);
  // Whatever the answer says, the bytes may be under way from here on.
  RETURN_IF_ERROR(ports_.lanes.MarkSent(lane, id));
  return ComeBack(
      lane, result.outcome == SendOutcome::kHandedOver ? rules_.poll_every : rules_.read_retry);
}

}  // namespace starlift
