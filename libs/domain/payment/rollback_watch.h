#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/ports/witness_log.h"

namespace starlift {

// Compares the database with the witness log. A log that is ahead means that the database was
// rolled back: every transfer that it lost is recorded, so that LostJudge finds out what became of
// it, and a new era begins.
class RollbackWatch {
 public:
  // `margin`: added to the newest valid_until in the log; before that nothing is signed.
  RollbackWatch(WitnessLog& witness, EraStore& eras, absl::Duration margin)
      : witness_(witness), eras_(eras), margin_(margin) {}

  // To be called before anything else is done with a database that may be another one: when a
  // worker starts, and when it lost its connections. Otherwise events would be told under numbers
  // that were told before, until the first lane looks.
  absl::Status Look();
  // The era as it is, with an answer of the log that was read before it: what is in the log was
  // committed to the database before it was written there. `*rolled_back`: it has just begun.
  absl::StatusOr<Era> Compare(const WitnessAnswer& answer, bool* rolled_back);

 private:
  absl::Status RecordLost(int64_t after_number);

  WitnessLog& witness_;
  EraStore& eras_;
  const absl::Duration margin_;
};

}  // namespace starlift
