#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulation/audit.h"
#include "simulation/customers.h"
#include "simulation/mistakes.h"
#include "simulation/process.h"
#include "simulation/wakes.h"
#include "simulation/weather.h"
#include "simulation/world.h"

namespace starlift::simulation {

// One seed's run: a fleet of workers on one thread. A seeded chooser decides what comes next: a
// step, a block, time, a fault. Workers die between any two calls, answers get lost, and while one
// step runs others get ahead of it.
class Fleet final : public WorkSignal {
 public:
  // `mistake`: planted in the world before the first tick; null: none.
  explicit Fleet(const Plan& plan, const Mistake* mistake = nullptr);

  World& world() { return world_; }
  // Once. nullopt: nothing was broken.
  std::optional<Finding> Run();
  // How often each state was an order's last, and other counts for the totals.
  std::map<std::string, int64_t> Counts() const;

  // A worker tells of work.
  void Announce(const WorkItem& item) override;
  void Changed(const Order&) override {}

 private:
  // What comes next.
  void Tick();
  void PassTo(absl::Time when);
  absl::Time NextMoment();
  absl::Time EarliestDue() const;
  void Sweep();
  void JudgeLost();
  void ScheduleCustomers();
  void Repeat(size_t customer);
  void JumpClock();
  void Restore();
  void CalmDown();
  bool AtRest() const;

  // One step of one worker.
  void RunStep(const WorkItem& item, size_t worker);
  size_t IdleWorker();
  void Replace(size_t worker);
  CallFate Choose(size_t worker, absl::string_view method);
  void Overtake(size_t worker);
  void TellLane(const std::string& wallet) const;
  std::string NameOf(const std::string& order) const;
  std::unique_ptr<Process> NewProcess(size_t worker, const std::string& name);

  World world_;
  const std::unique_ptr<Planted> planted_;
  Dice dice_;
  Agenda agenda_;
  Wakes wakes_;
  Audit audit_;
  Weather weather_;
  Customers customers_;
  std::vector<std::unique_ptr<Process>> workers_;
  std::vector<std::pair<size_t, WorkItem>> running_;  // innermost last
  std::vector<absl::Duration> skews_;                 // by worker
  std::optional<FakeTables> backup_;
  int restores_left_ = 0;
  int named_ = 0;
  int64_t steps_ = 0;
  absl::Time sweep_at_ = absl::InfinitePast();
  bool calm_ = false;
};

}  // namespace starlift::simulation
