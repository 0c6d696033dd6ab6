#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/ports/lane_store.h"
#include "domain/payment/ports/witness_log.h"
#include "domain/payment/providers.h"
#include "domain/payment/release_guard.h"
#include "domain/payment/rollback_watch.h"

namespace starlift {

// What stands between a lane and its next signature after a database rollback.
struct Clearance {
  bool may_sign = false;  // false: come back later
  std::string why;        // of a no, for the log
  // Orders that a lost transfer paid: they must not be paid again. With the transaction's hash.
  std::vector<std::pair<OrderId, std::string>> paid_without_record;
  // Orders that a lost transfer names whose fate is not known yet: not now.
  std::vector<OrderId> wait;
};

// Money rule 11. Asks the witness log by wallet and by order before every signing. A log that is
// ahead of the database is a rollback: a new era begins, and nobody signs before the wallet's own
// state is past the newest valid_until in the log. Each line that has no row is recorded as lost
// and stops its orders until it has a verdict. Those of the wallet itself are judged at once, and
// stop the wallet; another wallet's are LostJudge's.
class WitnessGuard {
 public:
  WitnessGuard(WitnessLog& witness, EraStore& eras, LaneStore& lanes, Providers& providers,
               const PaymentRules& rules)
      : witness_(witness),
        eras_(eras),
        providers_(providers),
        rules_(rules),
        watch_(witness, eras, rules.expiry_margin),
        releases_(witness, eras, lanes) {}

  // `state_time`: of the wallet's own account answer. Errors are our stores'.
  absl::StatusOr<Clearance> Check(const Lane& lane, const std::vector<OrderId>& orders,
                                  absl::Time state_time);
  // After the transfer's commit, before its first send.
  absl::Status Witness(const Transfer& transfer, const Payer& payer);

 private:
  absl::Status StopFor(const std::vector<WitnessLine>& asked, const Lane& lane,
                       const std::vector<OrderId>& orders, Clearance* clearance);
  absl::Status StopForOwn(const Lane& lane, const std::vector<OrderId>& orders,
                          Clearance* clearance);

  WitnessLog& witness_;
  EraStore& eras_;
  Providers& providers_;
  const PaymentRules& rules_;
  RollbackWatch watch_;
  ReleaseGuard releases_;
};

}  // namespace starlift
