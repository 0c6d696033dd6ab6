#include "services/worker/purchase_role.h"

#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace starlift {
namespace {

constexpr absl::Duration kAfterFailure = absl::Milliseconds(500);

}  // namespace

PurchaseRole::PurchaseRole(PurchaseStep purchase, LaneStep lane, std::string owner, int threads,
                           const Clock& clock, StepObserver observer)
    : purchase_(std::move(purchase)),
      lane_(std::move(lane)),
      owner_(std::move(owner)),
      clock_(clock),
      observer_(std::move(observer)),
      runner_(threads, clock, [this](const WorkItem& item) { return Step(item); }) {}

absl::Time PurchaseRole::Step(const WorkItem& item) {
  const bool is_order = item.kind == WorkItem::Kind::kOrder;
  const absl::string_view kind = is_order ? "order" : "lane";
  const absl::Time start = clock_.Now();
  const absl::StatusOr<absl::Time> next =
      is_order ? purchase_.Run(OrderId(item.id), owner_) : lane_.Run(item.id, owner_);
  observer_(kind, ReasonName(ReasonOf(next.status())), clock_.Now() - start);
  if (next.ok()) return *next;
  Log(LogLevel::kWarn, "a step failed and will be tried again",
      {{kind, item.id},
       {"reason", ReasonName(ReasonOf(next.status()))},
       {"detail", next.status().message()}});
  return clock_.Now() + kAfterFailure;
}

}  // namespace starlift
