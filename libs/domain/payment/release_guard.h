#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/order/order_machine.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/ports/lane_store.h"
#include "domain/payment/ports/witness_log.h"

namespace starlift {

// Why the money of an order that is to end unpaid must be held: transfers that the database lost.
struct Withheld {
  bool paid = false;             // one of them paid it
  std::string transaction_hash;  // of that one; hex
  // Those that name it and have no final verdict.
  std::vector<WitnessLine> open;
};

// Asked before an unpaid order's money is released: a transfer that the database lost may have paid
// it. Knows what the witness log and the database say, and asks no chain.
class ReleaseGuard {
 public:
  ReleaseGuard(WitnessLog& witness, EraStore& eras, LaneStore& lanes)
      : witness_(witness), eras_(eras), lanes_(lanes) {}

  // Of these orders, those whose money must be held: a lost transfer names them, and it is not
  // known to have died without paying them.
  absl::StatusOr<std::map<OrderId, Withheld>> Look(const std::vector<OrderId>& orders);
  // The same, without the reasons.
  absl::StatusOr<std::vector<OrderId>> Held(const std::vector<OrderId>& orders);
  // Of these lines, those whose transfer the database does not have.
  absl::StatusOr<std::vector<WitnessLine>> WithoutRow(const std::vector<WitnessLine>& lines);

 private:
  WitnessLog& witness_;
  EraStore& eras_;
  LaneStore& lanes_;
};

// Whether what became of the transfer is known for good.
bool Settled(const LostTransfer& lost);
// Whether the lost transfer paid the order.
bool PaidIn(const LostTransfer& lost, const OrderId& order);
// The normalized hashes of the lines.
std::vector<std::string> HashesOf(const std::vector<WitnessLine>& lines);

// Why an order goes to review whose money is withheld: what ended it, so that the review ends by
// itself once nothing withholds it any more; or, where it is known to be paid, that.
MoveReason WithheldReason(const Withheld& withheld, MoveReason why);

}  // namespace starlift
