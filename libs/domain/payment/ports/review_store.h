#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/access/operator_note.h"
#include "domain/order/order.h"
#include "domain/order/ports/order_store.h"
#include "domain/payment/transfer.h"

namespace starlift {

// How an operator would end a review.
enum class Resolution { kRequeue, kFail, kDelivered, kAcceptLoss };
// "requeue", "fail", "delivered", "accept_loss": as the database spells them.
absl::string_view ResolutionName(Resolution resolution);
std::optional<Resolution> ParseResolution(absl::string_view name);

// A signed attempt to pay for an order.
struct ReviewedPayment {
  TransferId transfer;
  std::string wallet;  // raw form
  int64_t seqno = 0;
  std::string normalized_hash;  // hex
  absl::Time valid_until;
  Units amount;  // to Fragment, nanoton
  Verdict verdict = Verdict::kUnknown;
  bool provisional = false;      // DEAD by expiry: see Transfer::provisional
  std::string transaction_hash;  // hex; empty: none
  std::string evidence;          // what was seen, for people
};

// A transfer for the order that the witness log knows and the database lost. The verdict is of the
// order's part in it: DEAD also where the transfer was executed without it.
struct LostPayment {
  std::string wallet;  // raw form
  int64_t seqno = 0;
  std::string normalized_hash;  // hex
  absl::Time valid_until;
  Verdict verdict = Verdict::kUnknown;
  std::string transaction_hash;  // hex; empty: none
};

struct OperatorDecision {
  OperatorNote note;
  Resolution resolution = Resolution::kRequeue;
  absl::Time at;
  int64_t sequence = 0;  // the order's, when it was decided: tells one review from the next
};

// An order with everything that is known of its payment.
struct Review {
  Order order;
  std::vector<ReviewedPayment> payments;  // oldest first
  std::vector<LostPayment> lost;
  bool lane_shut = false;
  Reason lane_shut_reason = Reason::kNone;
  Units invoice_amount;                     // of the newest invoice, nanoton; 0: there is none
  absl::Duration waiting;                   // since the order's last move, by the database's clock
  std::vector<OperatorDecision> decisions;  // oldest first
};

struct ReviewRequest {
  OrderId order;
  Resolution resolution = Resolution::kRequeue;
  OperatorNote note;
};

// What a decision comes to.
struct ReviewOutcome {
  // nullopt: the decision is recorded and the order stays where it is, until a second operator
  // wants the same.
  std::optional<OrderChange> change;
};

struct ReviewFilter {
  Reason reason = Reason::kNone;  // kNone: any
};
// Position of a listing: strictly after this.
struct ReviewCursor {
  absl::Time updated_at;
  std::string id;
};

// A wallet's lane, for people.
struct LaneReport {
  std::string wallet;  // raw form
  WalletVersion version = WalletVersion::kV5R1;
  bool house = false;
  bool shut = false;
  Reason shut_reason = Reason::kNone;
  int32_t displacements = 0;  // within the last ten minutes
  int32_t provisional = 0;    // transfers that are DEAD by expiry alone
  int32_t waiting = 0;        // INVOICED orders
  int32_t unjudged_lost = 0;  // transfers that the database lost, without a verdict
  absl::Time cool_until = absl::InfinitePast();
  std::optional<ReviewedPayment> unresolved;  // the transfer without a final verdict; no amount
};

// The operators' side of orders and lanes. UNAVAILABLE STORAGE_UNAVAILABLE and ABORTED
// CONCURRENT_REQUEST changed nothing or everything; calling again is safe.
class ReviewStore {
 public:
  virtual ~ReviewStore() = default;

  // Orders in NEEDS_REVIEW, the longest waiting first.
  virtual absl::StatusOr<std::vector<Review>> List(const ReviewFilter& filter,
                                                   const std::optional<ReviewCursor>& after,
                                                   int limit) = 0;
  // Any order. NOT_FOUND ORDER_NOT_FOUND.
  virtual absl::StatusOr<Review> Find(const OrderId& order) = 0;

  // Reads the review under locks that keep the order, its lane and its verdicts as they are, asks
  // `rule`, and writes what it says (the change with its event and ledger rows, the decision) in
  // the same transaction. An error of the rule is returned and writes nothing. NOT_FOUND
  // ORDER_NOT_FOUND. The order comes back as it is then.
  using Rule = std::function<absl::StatusOr<ReviewOutcome>(const Review& review)>;
  struct Resolved {
    Order order;
    bool moved = false;
  };
  virtual absl::StatusOr<Resolved> Resolve(const ReviewRequest& request, const Rule& rule) = 0;

  // Lanes by address, after `after_wallet` (empty: from the first).
  virtual absl::StatusOr<std::vector<LaneReport>> ListLanes(bool shut_only,
                                                            absl::string_view after_wallet,
                                                            int limit) = 0;
  // Opens the lane if `rule` allows it, records who did it and why, and makes the lane due. An open
  // lane stays as it is, and nothing is recorded. NOT_FOUND WALLET_NOT_FOUND. The lane comes back
  // as it is then.
  using LaneRule = std::function<absl::Status(const LaneReport& lane)>;
  virtual absl::StatusOr<LaneReport> OpenLane(absl::string_view wallet, const OperatorNote& note,
                                              const LaneRule& rule) = 0;
};

}  // namespace starlift
