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
  // A payment of it died by expiry and its seqno is unused, or its wallet's lane is shut: nobody
  // knows enough to release its money.
  bool hold_money = false;
};

// The session that an order buys through.
struct SessionLease {
  SessionId session;
  SealedSecret jar;
  TenantId jar_tenant;      // who sealed it: part of the seal's context
  int64_t jar_version = 0;  // compare-and-set
  bool foreign_payer = false;
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
  // Binds the order's session to the order: one open order a session. nullopt: another order has
  // it.
  virtual absl::StatusOr<std::optional<SessionLease>> AcquireSession(
      const ClaimedOrder& claimed) = 0;
  // False: the jar was changed by somebody else meanwhile.
  virtual absl::StatusOr<bool> SaveJar(const SessionLease& lease, const SealedSecret& jar) = 0;

  // Stores the checked invoice and the move QUEUED -> INVOICED, and makes sure the wallet has a
  // lane. FAILED_PRECONDITION INVOICE_REUSED when the request id or (payee, payload hash) belongs
  // to another order.
  virtual absl::Status SaveInvoice(const ClaimedOrder& claimed, const OrderChange& invoiced,
                                   const Invoice& invoice) = 0;
  // Any other move. A terminal one also frees the session, and deletes the order's sealed secrets
  // and, with the session's last order, its jar.
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
