#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/providers.h"

namespace starlift {

// Finds out what became of the transfers that the database lost. Each is judged on the chain like
// any other, by the same function, from what its line says alone: its own wallet, its own start.
class LostJudge {
 public:
  LostJudge(EraStore& eras, Providers& providers, const Clock& clock, const PaymentRules& rules)
      : eras_(eras), providers_(providers), clock_(clock), rules_(rules) {}

  // Looks at some of those that nobody has looked at lately; one query when there are none. Any
  // number of workers may do so at any time. Says when to come back; InfiniteFuture: none is open.
  // Errors are our store's.
  absl::StatusOr<absl::Time> Step();

 private:
  EraStore& eras_;
  Providers& providers_;
  const Clock& clock_;
  const PaymentRules& rules_;
};

struct JudgedLoss {
  LostTransfer lost;
  // DEAD, also provisionally: then the verdict is LIVE, and only the same wallet may sign for its
  // orders, under the same seqno.
  bool dead = false;
};
// Judges one that has no final verdict, and records what came of it.
absl::StatusOr<JudgedLoss> JudgeLost(LostTransfer open, EraStore& eras, const Providers& providers,
                                     const PaymentRules& rules);

}  // namespace starlift
