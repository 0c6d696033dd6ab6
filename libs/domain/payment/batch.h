#pragma once

#include <vector>

#include "absl/time/time.h"
#include "base/money.h"
#include "domain/order/order_machine.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/lane_store.h"

namespace starlift {

// The orders that wait for a lane, sorted by what is to be done with them.
struct WaitingOrders {
  std::vector<PayableOrder> payable;  // in the order in which they should be paid
  std::vector<OrderChange> moves;     // ended, in review, or back to QUEUED for a new invoice
};

// What can be said of each order without the chain: its time is over, a check fails, its invoice is
// about to expire (fetched anew instead of shortening the others' batch). One bad order never holds
// the others. On a shut lane nobody knows what the wallet did: money stays held, and only time ends
// anything.
WaitingOrders SortWaiting(const std::vector<PayableOrder>& waiting, bool shut, absl::Time now,
                          const PaymentRules& rules);

// Which of them one transfer can carry.
struct Batch {
  std::vector<PayableOrder> chosen;
  std::vector<PayableOrder> too_poor;  // the wallet cannot even pay this one alone
};
// Oldest first, as many as the wallet's version carries and the balance pays with its reserve for
// fees: fewer rather than let the node skip. Two payments that could be taken for each other never
// travel together.
Batch ChooseBatch(const std::vector<PayableOrder>& payable, Units balance, WalletVersion version,
                  const PaymentRules& rules);

// The end of an order that was never paid: FAILED with its hold released or, where a payment of it
// may still be executed, NEEDS_REVIEW with the money held.
OrderChange EndUnpaid(const Order& order, bool hold_money, MoveReason why, absl::Time now);

// Whether a review that only waits for a provisional death (or a shut lane) ends by itself once the
// death is final: the reason says why the order was ending anyway.
bool EndsByItself(const Order& in_review);

}  // namespace starlift
