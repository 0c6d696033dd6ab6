#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "domain/fulfillment/purchase_step.h"
#include "domain/payment/lane_step.h"
#include "domain/payment/rollback_watch.h"
#include "services/worker/job_runner.h"

namespace starlift {

// Tells how a step went: "order" or "lane", the reason's name ("NONE" when it went well), how long.
using StepObserver =
    std::function<void(absl::string_view kind, absl::string_view reason, absl::Duration took)>;

// Runs the steps of orders and lanes as they are announced. A step whose own stores failed is tried
// again soon: its lease is still ours. One that lacks a house wallet's key is left to the workers
// that have it, once the lease ran out. Before the first step, and before the next one after the
// database could not be reached or was connected to anew, it is compared with the witness log: it
// may be another one.
class PurchaseRole {
 public:
  // The steps and the watch outlive this, and are run by several threads at once. `connections`
  // counts the connections to the database that were opened so far.
  PurchaseRole(PurchaseStep& purchase, LaneStep& lane, RollbackWatch& watch,
               std::function<int64_t()> connections, std::string owner, int threads,
               const Clock& clock, StepObserver observer);

  void Submit(const WorkItem& item) { runner_.Submit(item); }
  void Stop() { runner_.Stop(); }
  size_t waiting() const { return runner_.waiting(); }

 private:
  absl::Time Step(const WorkItem& item);
  absl::Status KnowTheDatabase();

  PurchaseStep& purchase_;
  LaneStep& lane_;
  RollbackWatch& watch_;
  const std::function<int64_t()> connections_;
  std::atomic<bool> in_doubt_ = true;  // the database may not be the one that it was
  std::atomic<int64_t> known_ = 0;     // connections when it was last compared
  std::mutex looking_;
  const std::string owner_;
  const Clock& clock_;
  const StepObserver observer_;
  JobRunner runner_;  // last: its threads use all of the above
};

}  // namespace starlift
