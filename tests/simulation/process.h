#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/toncenter/steady_chain.h"
#include "domain/fulfillment/purchase_step.h"
#include "domain/payment/lane_step.h"
#include "domain/payment/lost_judge.h"
#include "domain/payment/rollback_watch.h"
#include "fakes/mortal_worker.h"
#include "simulation/world.h"

namespace starlift::simulation {

// A clock that is wrong by a constant, until somebody changes it.
class SkewedClock final : public Clock {
 public:
  explicit SkewedClock(const Clock& clock) : clock_(clock) {}
  absl::Time Now() const override { return clock_.Now() + skew; }
  absl::Duration skew;

 private:
  const Clock& clock_;
};

// One worker's process: the real steps, and between them and the world whatever the process can
// lose. What it remembers (how far each provider was) ends with it.
class Process {
 public:
  Process(World& world, std::string name, WorkSignal& signal, Random& random);

  // A step, as the worker's program takes it: before the first one, and after its database was
  // gone, it looks whether that is still the one that it knew.
  absl::StatusOr<absl::Time> Run(const WorkItem& item);
  // A look at what became of the transfers that the database lost.
  absl::Status JudgeLost();

  const std::string name;
  Fate fate;
  SkewedClock clock;
  // Its connections broke: the next call to the database fails.
  bool cut_off = false;

 private:
  std::vector<Provider> Reach(World& world);
  absl::Status KnowTheDatabase();
  void Doubt(const absl::Status& status);
  absl::StatusOr<absl::Time> Step(const WorkItem& item);

  MortalLaneStore lanes_;
  MortalPurchaseStore purchases_;
  MortalWitnessLog witness_;
  MortalEraStore eras_;
  MortalSignal signal_;
  std::vector<std::unique_ptr<MortalChain>> mortal_;
  std::vector<std::unique_ptr<toncenter::SteadyChain>> steady_;
  Providers providers_;
  ReleaseGuard releases_;
  RollbackWatch watch_;
  LostJudge judge_;
  LaneStep lane_;
  PurchaseStep purchase_;
  bool in_doubt_ = true;
};

}  // namespace starlift::simulation
