#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "domain/order/ports/work_signal.h"
#include "domain/payment/ports/review_store.h"
#include "domain/payment/release_guard.h"

namespace starlift {

// What a review's evidence comes to.
enum class ReviewStanding {
  kOpen,  // a payment is LIVE or UNKNOWN, also one that the database lost or may have lost
  kPaid,  // the chain shows it
  kPaidUnrecorded,  // the chain shows it, and no transfer of ours has it: the hold is still open
  kProvisional,     // the last attempt died by expiry alone: the lane's next transfer decides
  kUnpaid,          // nothing was ever paid, and every payment is DEAD for good
};
ReviewStanding StandingOf(const Review& review);

// The way out of review as a pure function of the evidence (DESIGN §4):
//
//   standing           REQUEUE, FAIL            DELIVERED             ACCEPT_LOSS
//   kOpen              no                       no                    no
//   kPaid              no                       yes                   two operators
//   kPaidUnrecorded    no                       yes, hold posted      two operators, hold posted
//   kProvisional       no                       no                    no
//   kUnpaid            if the lane is open      no                    no
//
// REQUEUE counts attempts anew and puts `execute_by` at least one window ahead; FAIL voids the hold
// to the account that it came from. ACCEPT_LOSS ends in REVERSED when another operator wanted it
// before, in this review; else it changes nothing yet. FAILED_PRECONDITION NOT_IN_REVIEW (metadata
// `state`) or RESOLUTION_NOT_ALLOWED (metadata `verdict`).
absl::StatusOr<ReviewOutcome> DecideReview(const Review& review, const ReviewRequest& request,
                                           absl::Time now, absl::Duration execute_window);

// What DecideReview would accept of somebody who has not decided yet.
std::vector<Resolution> AllowedResolutions(const Review& review);

// FAILED_PRECONDITION RESOLUTION_NOT_ALLOWED while a transfer of the wallet has no verdict: nobody
// may say in the chain's place what the wallet did.
absl::Status CheckOpenable(const LaneReport& lane);

// What operators do, on any store. Safe from several threads.
class ReviewDesk {
 public:
  // `releases` is asked before a FAIL releases money; null where there is no witness log, which
  // only a test may do.
  ReviewDesk(ReviewStore& store, ReleaseGuard* releases, WorkSignal& signal, const Clock& clock,
             absl::Duration execute_window)
      : store_(store),
        releases_(releases),
        signal_(signal),
        clock_(clock),
        execute_window_(execute_window) {}

  // Checks the note, decides, and wakes whoever goes on. Errors: DecideReview, CheckOperatorNote,
  // ReviewStore::Resolve.
  absl::StatusOr<ReviewStore::Resolved> Resolve(const ReviewRequest& request);
  absl::StatusOr<LaneReport> OpenLane(absl::string_view wallet, const OperatorNote& note);

 private:
  absl::Status CheckReleasable(const OrderId& order);

  ReviewStore& store_;
  ReleaseGuard* const releases_;
  WorkSignal& signal_;
  const Clock& clock_;
  const absl::Duration execute_window_;
};

}  // namespace starlift
