#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/access/sealed.h"
#include "domain/order/ports/order_store.h"
#include "domain/payment/transfer.h"

namespace starlift {

// A wallet's lane, held under a lease. Every write names the fence; a write under an old fence
// changes nothing and fails with ABORTED CONCURRENT_REQUEST.
struct Lane {
  Payer payer;  // the wallet: address, version, public key
  // Ours: its key comes from this installation's configuration, and whatever it sent must have a
  // row. Otherwise a caller's: keys come with orders, and the owner may use the wallet elsewhere.
  bool house = false;
  int64_t fence = 0;
  std::string owner;
  std::optional<int64_t> next_seqno;   // nullopt: nothing was signed here yet, the chain decides
  int64_t last_lt = 0;                 // of the newest transaction that was accounted for
  bool shut = false;                   // no signing until a person or evidence opens it
  std::optional<Transfer> unresolved;  // LIVE or UNKNOWN; at most one
  // DEAD by expiry, and no other message is known to have used their seqno: any of them may still
  // turn out to be what was executed. Newest first.
  std::vector<Transfer> provisional;
  int64_t newest_number = 0;  // the highest Transfer::number of this wallet; 0: none
  int32_t displacements = 0;  // by the database's clock, within the last ten minutes

  const std::string& wallet() const { return payer.wallet_address; }
};

// An INVOICED order that waits for its lane.
struct PayableOrder {
  Order order;
  Invoice invoice;
  SealedSecret wallet_key;  // empty for a house lane
  // The session's row still allows a foreign payer, for an invoice that was fetched so.
  bool foreign_payer_allowed = false;
  // An earlier payment of it died by expiry and its seqno is unused: nothing may release its money.
  bool hold_money = false;
};

// What one resolution writes, in one transaction.
struct LaneResolution {
  Transfer transfer;             // with verdicts, also of its payments
  std::string transaction_hash;  // hex; empty: none
  int64_t transaction_lt = 0;
  std::string evidence;               // what was seen, for a person who looks at it in review
  std::vector<OrderChange> orders;    // each from PAYING or NEEDS_REVIEW
  std::optional<int64_t> next_seqno;  // set: this transfer used the seqno before it up
  int64_t last_lt = 0;                // 0: unchanged
  // Shut the lane: its verdict is unknown. A later PAID or DEAD of the same transfer opens it
  // again; what was shut for another reason stays shut.
  bool shut = false;
  // Somebody else used the seqno: counted with the database's time, in Lane::displacements.
  bool displaced = false;
  // Not to be claimed for so long, whatever is announced; zero: at once.
  absl::Duration cool_down;
};

// Money rule 5's last part: a transfer that we held DEAD was executed after all.
struct LaneResurrection {
  Transfer winner;  // with its new verdicts, payment by payment; no longer provisional
  std::string transaction_hash;
  int64_t transaction_lt = 0;
  std::string evidence;
  // The lane's unresolved transfer under the same seqno, with all payments DEAD: the chain admits
  // one of the two.
  std::optional<Transfer> loser;
  // Moves of the winner's and the loser's orders, in sequence: an order that was queued anew goes
  // through NEEDS_REVIEW to PAID. From QUEUED, INVOICED, PAYING or NEEDS_REVIEW.
  std::vector<OrderChange> orders;
  int64_t next_seqno = 0;
  int64_t last_lt = 0;
};

// The lanes: wallets, transfers, payments. The constraints of DESIGN's money rule 7 live behind it.
// When a transfer of ours is known to have used its seqno (Resolve with `next_seqno`, Resurrect),
// whatever the database lost of that wallet under the same seqno is DEAD from the same transaction
// on: the chain admitted one.
class LaneStore {
 public:
  virtual ~LaneStore() = default;

  // Takes the lane for `lease` by the database's clock, raising the fence. The same owner may take
  // it again while it has it: its step failed halfway. nullopt: somebody else has it, there is no
  // such lane, it is not due, or it cools down.
  virtual absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet,
                                                    absl::string_view owner,
                                                    absl::Duration lease) = 0;
  // INVOICED orders of the lane, at most `limit`: by arrival within a tenant, and tenants in turn
  // (each tenant's first, then each one's second, …), so that nobody's burst starves another.
  virtual absl::StatusOr<std::vector<PayableOrder>> NextPayables(const Lane& lane, int limit) = 0;

  // Commits the transfer with its payments and the orders' moves INVOICED -> PAYING (one for each
  // purchase; none for a transfer without payments). An error after which the commit's fate is open
  // is UNKNOWN; the caller then reads back with FindTransfer and sends nothing before it found the
  // row.
  virtual absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                                      const std::vector<OrderChange>& orders) = 0;
  virtual absl::StatusOr<std::optional<Transfer>> FindTransfer(const TransferId& id) = 0;
  // The orders that the transfer's payments belong to, as they are now, by slot.
  virtual absl::StatusOr<std::vector<Order>> OrdersOf(const Transfer& transfer) = 0;
  // A hand-over happened (or may have): counts it and stamps the database's time.
  virtual absl::Status MarkSent(const Lane& lane, const TransferId& id) = 0;
  virtual absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) = 0;
  // All or nothing. The loser dies before the winner lives, so that the constraints hold
  // throughout.
  virtual absl::Status Resurrect(const Lane& lane, const LaneResurrection& resurrection) = 0;

  virtual absl::StatusOr<std::optional<Order>> FindOrder(const OrderId& id) = 0;
  // Moves orders of this wallet without a transfer, in one transaction: from QUEUED, INVOICED, or
  // NEEDS_REVIEW (see HeldInReview).
  virtual absl::Status MoveWaiting(const Lane& lane, absl::Span<const OrderChange> changes) = 0;
  // Orders of this wallet in NEEDS_REVIEW that were never paid and have no payment that is not
  // DEAD; those whose reason no lane can end (batch.h, EndsByItself) may be left out. `hold_money`:
  // one of their payments is DEAD only provisionally. Oldest first.
  struct HeldOrder {
    Order order;
    SealedSecret wallet_key;  // empty for a house lane
    bool hold_money = false;
  };
  virtual absl::StatusOr<std::vector<HeldOrder>> HeldInReview(const Lane& lane, int limit) = 0;
  // What the chain showed before the first signing, or after foreign use of the wallet: everything
  // up to `last_lt` is accounted for. A seqno that a known other message has used ends the
  // provisional deaths below it.
  virtual absl::Status AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) = 0;
  // Whether (payee, payload hash) belongs to an invoice of ours, and to which order.
  virtual absl::StatusOr<std::optional<OrderId>> InvoiceOwner(absl::string_view payee,
                                                              absl::string_view payload_hash) = 0;
  // Of these normalized hashes, those that have a transfer row.
  virtual absl::StatusOr<std::set<std::string>> KnownTransfers(
      absl::Span<const std::string> normalized_hashes) = 0;

  // Gives the lease back. The lane is due again at `next_attempt`, or when it is announced.
  virtual absl::Status Release(const Lane& lane, absl::Time next_attempt) = 0;
  // Shuts it as well, in the same statement. Everything up to `accounted_lt` was looked at (0:
  // unchanged), so that a lane that a person opens again does not trip over the same transaction.
  virtual absl::Status ReleaseAndShut(const Lane& lane, Reason reason, absl::Time next_attempt,
                                      int64_t accounted_lt) = 0;
};

}  // namespace starlift
