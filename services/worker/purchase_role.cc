#include "services/worker/purchase_role.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace starlift {
namespace {

constexpr absl::Duration kAfterFailure = absl::Milliseconds(500);

}  // namespace

PurchaseRole::PurchaseRole(PurchaseStep& purchase, LaneStep& lane, RollbackWatch& watch,
                           std::function<int64_t()> connections, std::string owner, int threads,
                           const Clock& clock, StepObserver observer)
    : purchase_(purchase),
      lane_(lane),
      watch_(watch),
      connections_(std::move(connections)),
      owner_(std::move(owner)),
      clock_(clock),
      observer_(std::move(observer)),
      runner_(threads, clock, [this](const WorkItem& item) { return Step(item); }) {}

absl::Time PurchaseRole::Step(const WorkItem& item) {
  const bool is_order = item.kind == WorkItem::Kind::kOrder;
  const absl::string_view kind = is_order ? "order" : "lane";
  const absl::Time start = clock_.Now();
  const absl::Status known = KnowTheDatabase();
  const absl::StatusOr<absl::Time> next = !known.ok() ? absl::StatusOr<absl::Time>(known)
                                          : is_order  ? purchase_.Run(OrderId(item.id), owner_)
                                                      : lane_.Run(item.id, owner_);
  if (ReasonOf(next.status()) == Reason::kStorageUnavailable) in_doubt_ = true;
  observer_(kind, ReasonName(ReasonOf(next.status())), clock_.Now() - start);
  if (next.ok()) return *next;
  if (!is_order && ReasonOf(next.status()) == Reason::kWalletNotFound) {
    Log(LogLevel::kInfo, "a house wallet's lane is left to a worker that has its key",
        {{kind, item.id}});
    return absl::InfiniteFuture();
  }
  Log(LogLevel::kWarn, "a step failed and will be tried again",
      {{kind, item.id},
       {"reason", ReasonName(ReasonOf(next.status()))},
       {"detail", next.status().message()}});
  return clock_.Now() + kAfterFailure;
}

absl::Status PurchaseRole::KnowTheDatabase() {
  if (!in_doubt_ && connections_() == known_) return absl::OkStatus();
  const std::lock_guard<std::mutex> lock(looking_);
  const int64_t opened = connections_();
  if (!in_doubt_ && opened == known_) return absl::OkStatus();
  const absl::Status looked = watch_.Look();
  if (looked.ok()) {
    known_ = std::max(opened, known_.load());
    in_doubt_ = false;
  }
  return looked;
}

}  // namespace starlift
