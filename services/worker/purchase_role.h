#pragma once

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "domain/fulfillment/purchase_step.h"
#include "domain/payment/lane_step.h"
#include "services/worker/job_runner.h"

namespace starlift {

// Tells how a step went: "order" or "lane", the reason's name ("NONE" when it went well), how long.
using StepObserver =
    std::function<void(absl::string_view kind, absl::string_view reason, absl::Duration took)>;

// Runs the steps of orders and lanes as they are announced. A step whose own stores failed is tried
// again soon: its lease is still ours.
class PurchaseRole {
 public:
  PurchaseRole(PurchaseStep purchase, LaneStep lane, std::string owner, int threads,
               const Clock& clock, StepObserver observer);

  void Submit(const WorkItem& item) { runner_.Submit(item); }
  void Stop() { runner_.Stop(); }
  size_t waiting() const { return runner_.waiting(); }

 private:
  absl::Time Step(const WorkItem& item);

  PurchaseStep purchase_;
  LaneStep lane_;
  const std::string owner_;
  const Clock& clock_;
  const StepObserver observer_;
  JobRunner runner_;  // last: its threads use all of the above
};

}  // namespace starlift
