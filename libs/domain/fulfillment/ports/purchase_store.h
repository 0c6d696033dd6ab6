#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/access/sealed.h"
#include "domain/order/ports/order_store.h"
#include "domain/payment/transfer.h"

namespace starlift {

// An order held under a lease. Every write names the fence and the expected state; a write that
// comes too late changes nothing and fails with ABORTED CONCURRENT_REQUEST.
struct ClaimedOrder {
  Order order;
  std::string owner;
  int64_t fence = 0;
  int32_t crashes = 0;  // leases at this state that ended without a word
  int32_t tries = 0;    // steps at this state that made no progress
  // A payment of it died by expiry and its seqno is unused, or its wallet's lane is shut, or a
  // transfer that the database lost names it and has no final verdict: nobody knows enough to
  // release its money.
  bool hold_money = false;
};

// An order's place on the session that it buys through, from its first conversation to its end.
struct SessionLease {
  SessionId session;
  SealedSecret jar;
  TenantId jar_tenant;      // who sealed it: part of the seal's context; empty: the house
  int64_t jar_version = 0;  // compare-and-set
  // The wallet that is connected to the session, raw form; empty: an own session, whose wallet is
  // the payer's.
  std::string wallet;
  bool foreign_payer = false;  // its invoices may be paid from another wallet than `wallet`
  // The only order on the session from its first conversation on: the session's purchase state then
  // speaks of this order alone. Otherwise only the history tells orders apart.
  bool sole = true;
  // Who pays the order: as the order has it or, for an order of `balance`, the house wallet that it
  // was given with its place. The order's own row has it from then on. Empty: a transfer that the
  // database lost was signed for the order of `balance`, so it gets neither wallet nor place.
  Payer payer;
  // Other orders may come onto the session while this one is on it (a house session with more than
  // one place): without a baseline of the history, nothing could tell this order's delivery apart.
  bool shared = false;
};

// Orders of one session with the same recipient and product cannot be told apart in its history.
// Rows beyond an order's baseline belong first to those that were counted or paid before it.
struct HistoryRivals {
  int32_t delivered_since = 0;  // others that were DELIVERED after this order's baseline was taken
  int32_t paid_before = 0;      // others, PAID before this one, that still wait for their row
};

// The worker's side of the orders, between QUEUED and INVOICED and after PAID; and their sessions.
class PurchaseStore {
 public:
  virtual ~PurchaseStore() = default;

  // Takes an order that is due (AWAITING_PAYMENT past its time, QUEUED, PAID, NEEDS_REVIEW after
  // PAID) for `lease` by the database's clock; the same owner may take it again while it has it
  // (its step failed). nullopt: nothing to do for us.
  virtual absl::StatusOr<std::optional<ClaimedOrder>> Claim(const OrderId& id,
                                                            absl::string_view owner,
                                                            absl::Duration lease) = 0;
  // Gives the order a place on its session, or finds the one that it has. An own session has one
  // place; a house session max_open_orders. An order of `balance` without a session gets the house
  // session with the most room whose pace allows a conversation now, and a house wallet that may
  // pay its invoices: the one connected to it or, where it allows a foreign payer, any; an order
  // that was signed for once keeps both for ever. nullopt: no place now. FAILED_PRECONDITION
  // SESSION_DEAD: the order's own session has no cookies, or is a house session that was given up.
  virtual absl::StatusOr<std::optional<SessionLease>> AcquireSession(
      const ClaimedOrder& claimed) = 0;
  // A house session is logged out: it gets no more orders until its cookies are replaced, and this
  // order, if no payment of it was ever signed, loses its place and may get another session.
  // False: it was signed for, or the session is the caller's own.
  virtual absl::StatusOr<bool> GiveUpSession(const ClaimedOrder& claimed,
                                             const SessionLease& lease) = 0;
  // See HistoryRivals.
  virtual absl::StatusOr<HistoryRivals> FindRivals(const Order& order) = 0;
  // False: the jar was changed by somebody else meanwhile.
  virtual absl::StatusOr<bool> SaveJar(const SessionLease& lease, const SealedSecret& jar) = 0;

  // Stores the checked invoice and the move QUEUED -> INVOICED, and makes sure the wallet has a
  // lane. FAILED_PRECONDITION INVOICE_REUSED when the request id or (payee, payload hash) belongs
  // to another order.
  virtual absl::Status SaveInvoice(const ClaimedOrder& claimed, const OrderChange& invoiced,
                                   const Invoice& invoice) = 0;
  // Any other move. A terminal one also frees the place on the session, and deletes the order's
  // sealed secrets and, with an own session's last order, its jar. One to NEEDS_REVIEW of an order
  // that was never paid calls its wallet's lane, which ends such a review when nothing holds its
  // money any more; without a wallet the order itself stays due, for the same.
  virtual absl::Status Save(const ClaimedOrder& claimed, const OrderChange& change) = 0;
  // Holds on to the order for `lease` from now: for a conversation that takes longer than planned.
  virtual absl::Status Renew(const ClaimedOrder& claimed, absl::Duration lease) = 0;
  // No progress: gives the lease back, counts a try, due again at `next_attempt`. A worker that can
  // say so did not die: the count of crashes starts anew.
  virtual absl::Status Postpone(const ClaimedOrder& claimed, absl::Time next_attempt) = 0;
  // The invoice that was paid, with the transfer's bytes (for the confirming call).
  struct PaidInvoice {
    Invoice invoice;
    std::string boc;
  };
  virtual absl::StatusOr<std::optional<PaidInvoice>> FindPaidInvoice(const OrderId& id) = 0;
};

}  // namespace starlift
