#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "money_world.h"

namespace starlift {

// A few orders, wallets and workers on one thread. A seeded chooser decides what happens next: a
// step, a block, time, a fault. Workers die between any two calls, answers get lost, and while one
// step runs others may overtake it. The same seed gives the same run.
class MoneySimulation {
 public:
  explicit MoneySimulation(uint64_t seed);

  // Runs with faults, then without until nothing is left to do. What was broken, a line each.
  std::vector<std::string> Run();
  // How every order and transfer ended, for people.
  std::string Story() const;
  // How often each state was an order's last.
  std::map<std::string, int> Ends() const;

 private:
  // What happens next.
  void Tick();
  void Disturb();
  void DoDueWork(int steps);
  void RunStep(const WorkItem& item, size_t worker);
  std::vector<WorkItem> DueWork() const;
  void Calm();
  bool AtRest() const;
  absl::Time NextDue() const;

  // What a call meets.
  CallFate Choose(size_t worker, absl::string_view method);
  void Overtake(size_t worker);
  absl::Status Weather(absl::string_view method);
  void Settle();

  // What must hold.
  void CheckAlways();
  void CheckEnd();
  void CheckOrder(const Order& order);
  void Broken(const std::string& what) { broken_.insert(what); }
  int PaidOnChain(const OrderId& id) const;

  SeededRandom dice_;
  MoneyWorld world_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<size_t> running_;  // the workers whose steps are under way, innermost last
  std::vector<std::string> wallets_;
  std::vector<OrderId> orders_;
  std::set<std::string> broken_;
  bool faults_ = true;
  uint32_t call_faults_ = 0;  // percent of calls
  uint32_t lags_ = 0;         // percent of reads
  bool owners_meddle_ = false;
  int processes_ = 0;
};

}  // namespace starlift
