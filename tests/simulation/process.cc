#include "simulation/process.h"

#include <utility>

#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::simulation {

Process::Process(World& world, std::string the_name, WorkSignal& signal, Random& random)
    : name(std::move(the_name)),
      clock(world.clock),
      lanes_(*world.doors.lanes, fate),
      purchases_(*world.doors.purchases, fate),
      witness_(*world.doors.witness, fate),
      eras_(*world.doors.eras, fate),
      signal_(signal, fate),
      providers_(Reach(world)),
      releases_(witness_, eras_, lanes_),
      watch_(witness_, eras_, world.rules.payment.expiry_margin),
      judge_(eras_, providers_, clock, world.rules.payment),
      lane_({lanes_, providers_, witness_, eras_, world.house_keys, world.vault, signal_, clock,
             random},
            world.rules.payment),
      purchase_({purchases_, releases_, *world.doors.market, world.vault, world.vault, signal_,
                 clock, random},
                world.rules) {}

absl::StatusOr<absl::Time> Process::Run(const WorkItem& item) {
  fate.Revive();
  const absl::StatusOr<absl::Time> next = Step(item);
  Doubt(next.status());
  return next;
}

void Process::Doubt(const absl::Status& status) {
  const bool open = absl::IsUnknown(status);  // of a commit
  if (open || ReasonOf(status) == Reason::kStorageUnavailable) in_doubt_ = true;
}

absl::StatusOr<absl::Time> Process::Step(const WorkItem& item) {
  RETURN_IF_ERROR(KnowTheDatabase());
  return item.kind == WorkItem::Kind::kLane ? lane_.Run(item.id, name)
                                            : purchase_.Run(OrderId(item.id), name);
}

absl::Status Process::KnowTheDatabase() {
  if (!in_doubt_) return absl::OkStatus();
  RETURN_IF_ERROR(watch_.Look());
  in_doubt_ = false;
  return absl::OkStatus();
}

absl::Status Process::JudgeLost() {
  fate.Revive();
  const absl::Status judged = judge_.Step().status();
  Doubt(judged);
  return judged;
}

std::vector<Provider> Process::Reach(World& world) {
  std::vector<Provider> all;
  for (Chain* chain : world.doors.providers) {
    const std::string letter(1, static_cast<char>('a' + all.size()));
    mortal_.push_back(std::make_unique<MortalChain>(*chain, fate));
    steady_.push_back(std::make_unique<toncenter::SteadyChain>(letter, *mortal_.back()));
    all.push_back({letter, steady_.back().get()});
  }
  return all;
}

}  // namespace starlift::simulation
