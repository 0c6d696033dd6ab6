#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/access/sealed.h"
#include "domain/order/ports/order_store.h"
#include "domain/payment/transfer.h"

namespace starlift {

// A wallet's lane, held under a lease. Every write names the fence; a write under an old fence
// changes nothing and fails with ABORTED CONCURRENT_REQUEST.
struct Lane {
  std::string wallet;  // raw form
  WalletVersion version = WalletVersion::kV5R1;
  int64_t fence = 0;
  std::string owner;
  std::optional<int64_t> next_seqno;   // nullopt: nothing was signed here yet, the chain decides
  int64_t last_lt = 0;                 // of the newest transaction that was accounted for
  bool shut = false;                   // no signing until a person or evidence opens it
  std::optional<Transfer> unresolved;  // LIVE or UNKNOWN; at most one
};

// An INVOICED order that waits for its lane.
struct PayableOrder {
  Order order;
  Invoice invoice;
  SealedSecret wallet_key;
  // An earlier payment of it died by expiry and its seqno is unused: nothing may release its money.
  bool hold_money = false;
};

// What one resolution writes, in one transaction.
struct LaneResolution {
  Transfer transfer;             // with verdicts, also of its payments
  std::string transaction_hash;  // hex; empty: none
  int64_t transaction_lt = 0;
  std::vector<OrderChange> orders;    // each from PAYING or NEEDS_REVIEW
  std::optional<int64_t> next_seqno;  // set: the seqno was used up
  int64_t last_lt = 0;                // 0: unchanged
  // Shut the lane: its verdict is unknown. A later PAID or DEAD of the same transfer opens it
  // again; what was shut for another reason stays shut.
  bool shut = false;
};

// The lanes: wallets, transfers, payments. The constraints of DESIGN's money rule 7 live behind it.
class LaneStore {
 public:
  virtual ~LaneStore() = default;

  // Takes the lane for `lease` by the database's clock, raising the fence. The same owner may take
  // it again while it has it: its step failed halfway. nullopt: somebody else has it, there is no
  // such lane, or it is not due.
  virtual absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet,
                                                    absl::string_view owner,
                                                    absl::Duration lease) = 0;
  // The oldest INVOICED order of the lane. nullopt: none.
  virtual absl::StatusOr<std::optional<PayableOrder>> NextPayable(const Lane& lane) = 0;

  // Commits the transfer with its payments and the orders' moves to PAYING. An error after which
  // the commit's fate is open is UNKNOWN; the caller then reads back with FindTransfer and sends
  // nothing before it found the row.
  virtual absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                                      const std::vector<OrderChange>& orders) = 0;
  virtual absl::StatusOr<std::optional<Transfer>> FindTransfer(const TransferId& id) = 0;
  // The orders that the transfer's payments belong to, as they are now.
  virtual absl::StatusOr<std::vector<Order>> OrdersOf(const Transfer& transfer) = 0;
  // A hand-over happened (or may have): counts it and stamps the database's time.
  virtual absl::Status MarkSent(const Lane& lane, const TransferId& id) = 0;
  virtual absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) = 0;
  virtual absl::StatusOr<std::optional<Order>> FindOrder(const OrderId& id) = 0;
  // Moves a waiting order of this wallet (QUEUED or INVOICED) without a transfer.
  virtual absl::Status MoveWaiting(const Lane& lane, const OrderChange& change) = 0;
  // What the chain showed before the first signing, or after foreign use of the wallet: everything
  // up to `last_lt` is accounted for. A seqno that a known other message has used ends the
  // provisional deaths below it.
  virtual absl::Status AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) = 0;
  // Whether (payee, payload hash) belongs to an invoice of ours, and to which order.
  virtual absl::StatusOr<std::optional<OrderId>> InvoiceOwner(absl::string_view payee,
                                                              absl::string_view payload_hash) = 0;
  // Gives the lease back. The lane is due again at `next_attempt`, or when it is announced.
  virtual absl::Status Release(const Lane& lane, absl::Time next_attempt) = 0;
  virtual absl::Status ReleaseAndShut(const Lane& lane, Reason reason, absl::Time next_attempt) = 0;
};

}  // namespace starlift
