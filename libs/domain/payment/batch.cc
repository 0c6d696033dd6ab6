#include "domain/payment/batch.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "domain/ledger/ledger.h"
#include "domain/order/funding_account.h"
#include "domain/payment/wallet_contract.h"

namespace starlift {
namespace {

OrderChange Ended(const PayableOrder& payable, bool shut, const absl::Status& why, absl::Time now) {
  return EndUnpaid(payable.order, payable.hold_money || shut, ReasonFrom(why), now);
}

// A short-lived invoice is fetched anew, a few times.
OrderChange Refetch(const PayableOrder& payable, absl::Time now, const PaymentRules& rules) {
  PayableOrder next = payable;
  next.order.invoice_attempts += 1;
  if (next.order.invoice_attempts < rules.max_invoice_attempts) {
    return {Move(next.order, OrderState::kQueued, now), {}};
  }
  return Ended(next, false,
               Fail(Reason::kInvoiceAttemptsExhausted, "three invoices expired unpaid"), now);
}

std::optional<OrderChange> Unpayable(const PayableOrder& payable, bool shut, absl::Time now,
                                     const PaymentRules& rules) {
  if (now >= payable.order.execute_by) {
    return Ended(payable, shut, Fail(Reason::kQueueTimeout, "no lane was free in time"), now);
  }
  if (shut) return std::nullopt;
  const absl::Status check =
      CheckPayable(payable.order, payable.invoice, payable.foreign_payer_allowed, rules);
  if (!check.ok()) return Ended(payable, shut, check, now);
  if (payable.invoice.valid_until - now >= rules.invoice_min_life) return std::nullopt;
  return Refetch(payable, now, rules);
}

}  // namespace

OrderChange EndUnpaid(const Order& order, bool hold_money, MoveReason why, absl::Time now) {
  if (hold_money) return {Move(order, OrderState::kNeedsReview, now, std::move(why)), {}};
  return {Move(order, OrderState::kFailed, now, std::move(why)),
          {Void(order.id, FundingAccount(order), order.quote.asset, order.quote.max_total)}};
}

bool EndsByItself(const Order& in_review) {
  switch (in_review.reason) {
    // What a person has to find out. (An unknown verdict is not among them: whoever asks this knows
    // that all payments are dead by now.)
    case Reason::kNone:
    case Reason::kPaymentWithoutRecord:
    case Reason::kPaymentReturned:
    case Reason::kDeliveryUnconfirmed:
    case Reason::kWorkerCrashedRepeatedly:
    case Reason::kInternal:
      return false;
    default:
      return true;
  }
}

WaitingOrders SortWaiting(const std::vector<PayableOrder>& waiting, bool shut, absl::Time now,
                          const PaymentRules& rules) {
  WaitingOrders sorted;
  for (const PayableOrder& payable : waiting) {
    if (std::optional<OrderChange> move = Unpayable(payable, shut, now, rules)) {
      sorted.moves.push_back(*std::move(move));
    } else {
      sorted.payable.push_back(payable);
    }
  }
  return sorted;
}

Batch ChooseBatch(const std::vector<PayableOrder>& payable, Units balance, WalletVersion version,
                  const PaymentRules& rules) {
  Batch batch;
  const size_t most = static_cast<size_t>(std::min(MaxPayments(version), rules.most_payments));
  std::set<std::tuple<std::string, Units, std::string>> seen;
  Units amounts;
  for (const PayableOrder& next : payable) {
    const Invoice& invoice = next.invoice;
    if (RequiredBalance(invoice.amount, 1, rules) > balance) {
      batch.too_poor.push_back(next);
      continue;
    }
    const int messages = static_cast<int>(batch.chosen.size()) + 1;
    const bool full = batch.chosen.size() >= most ||
                      RequiredBalance(amounts + invoice.amount, messages, rules) > balance;
    if (full) break;  // it is the first of the next transfer, whoever stands behind it
    if (!seen.insert({invoice.payee, invoice.amount, invoice.payload_hash}).second) continue;
    amounts += invoice.amount;
    batch.chosen.push_back(next);
  }
  return batch;
}

}  // namespace starlift
