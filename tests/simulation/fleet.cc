#include "simulation/fleet.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/order/order_machine.h"

namespace starlift::simulation {
namespace {

constexpr absl::Duration kSweepEvery = absl::Seconds(5);
constexpr absl::Duration kBlockEvery = absl::Seconds(4);
constexpr size_t kDeepest = 3;  // steps within steps

bool IsRead(absl::string_view method) {
  return method == "Account" || method == "FindByNormalizedHash" || method == "TransactionsAfter" ||
         method == "NewestTransactions";
}

bool IsDatabase(absl::string_view method) {
  return !IsRead(method) && method != "Send" && method != "Announce" && method != "Changed" &&
         method != "WriteWitness" && method != "AskWitness";
}

}  // namespace

Fleet::Fleet(const Plan& plan, const Mistake* mistake)
    : world_(plan),
      planted_(mistake == nullptr ? nullptr : mistake->plant(world_)),
      dice_(plan.seed),
      audit_(world_),
      weather_(world_, audit_, agenda_, dice_),
      customers_(world_, dice_),
      restores_left_(plan.restores) {}

std::optional<Finding> Fleet::Run() {
  const Plan& plan = world_.plan;
  world_.market.weather = [this](absl::string_view method) -> absl::Status {
    if (running_.empty() || workers_[running_.back().first]->fate.dead()) {
      return absl::CancelledError("the worker died");
    }
    return weather_.Market(method);
  };
  const auto spoil = world_.market.spoil;
  world_.market.spoil = [this, spoil](MarketInvoice* invoice) {
    const std::string& hash = world_.market.requests.at(invoice->request_id).payload_hash;
    audit_.Invoiced(hash, OrderId(running_.back().second.id));
    spoil(invoice);
  };
  for (int i = 0; i < plan.workers; ++i) {
    const bool skewed = dice_.Percent(plan.skewed_clocks);
    skews_.push_back(skewed ? absl::Seconds(dice_.Between(-600, 600)) : absl::ZeroDuration());
    workers_.push_back(NewProcess(static_cast<size_t>(i), absl::StrCat("w", ++named_)));
  }
  ScheduleCustomers();
  for (int i = 0; i < plan.ticks && !audit_.finding(); ++i) Tick();
  if (plan.liveness && !audit_.finding()) CalmDown();
  audit_.Close(customers_, plan.liveness);
  return audit_.finding();
}

void Fleet::ScheduleCustomers() {
  const auto& all = customers_.all();
  for (size_t i = 0; i < all.size(); ++i) {
    agenda_.Add(all[i].at, [this, i] { Repeat(i); });
  }
}

// A customer sends its requests; when it is not sure, it sends the same ones again.
void Fleet::Repeat(size_t number) {
  customers_.Create(number);
  const auto& customer = customers_.all()[number];
  const absl::Time now = world_.clock.Now();
  if (customer.pays_later && customer.created) {
    agenda_.Add(now + absl::Seconds(dice_.Roll(500)), [this, number] {
      if (customers_.all()[number].cancels) customers_.Cancel(number);
      customers_.Pay(number);
      Announce({WorkItem::Kind::kOrder, customers_.all()[number].id.value()});
    });
  }
  Announce({WorkItem::Kind::kOrder, customer.id.value()});
  if (!calm_ && dice_.Percent(world_.plan.client_faults)) {
    agenda_.Add(now + absl::Seconds(dice_.Roll(30)), [this, number] { Repeat(number); });
  }
}

void Fleet::Announce(const WorkItem& item) {
  const Plan& plan = world_.plan;
  if (!calm_) {
    if (dice_.Percent(plan.lost_wakes)) return;
    if (dice_.Percent(plan.doubled_wakes)) wakes_.Add(item);
    if (dice_.Percent(plan.late_wakes)) {
      return wakes_.AddLater(item, world_.clock.Now() + absl::Seconds(dice_.Between(1, 60)));
    }
  }
  wakes_.Add(item);
}

void Fleet::Tick() {
  const Plan& plan = world_.plan;
  weather_.Tick();
  if (dice_.PerMille(plan.clock_jumps)) JumpClock();
  if (restores_left_ > 0 && dice_.Percent(3)) {
    if (!backup_) {
      world_.Tell("a backup of the database");
      backup_ = world_.database.Backup();
    } else {
      Restore();
    }
  }
  if (wakes_.empty()) return PassTo(NextMoment());
  if (dice_.Percent(12)) PassTo(world_.clock.Now() + absl::Milliseconds(dice_.Roll(4000)));
  if (dice_.PerMille(8)) PassTo(world_.clock.Now() + absl::Seconds(dice_.Roll(200)));
  if (!wakes_.empty()) RunStep(wakes_.Take(dice_), IdleWorker());
}

void Fleet::PassTo(absl::Time when) {
  world_.clock.Set(std::max(when, world_.clock.Now()));
  weather_.Block();
  agenda_.Pass(world_.clock.Now());
  wakes_.Pass(world_.clock.Now());
  if (world_.clock.Now() >= sweep_at_) Sweep();
}

// When something happens next.
absl::Time Fleet::NextMoment() {
  const absl::Time now = world_.clock.Now();
  absl::Time next = std::min(wakes_.next(), agenda_.next());
  next = std::min(next, std::max(sweep_at_, EarliestDue()));
  if (world_.chain.waiting() > 0) next = std::min(next, now + kBlockEvery);
  const absl::Time latest = now + absl::Minutes(10);
  return std::clamp(next, now + absl::Milliseconds(100), latest);
}

absl::Time Fleet::EarliestDue() const {
  absl::Time earliest = absl::InfiniteFuture();
  const auto look = [&](const FakeLease& lease) {
    const absl::Time due = lease.owner.empty() ? lease.due : std::max(lease.due, lease.until);
    earliest = std::min(earliest, due);
  };
  for (const auto& [id, row] : world_.database.orders) look(row.lease);
  for (const auto& [wallet, row] : world_.database.lanes) look(row.lease);
  return earliest;
}

// What the announce role does: everything that the database says is due is put up again.
void Fleet::Sweep() {
  const absl::Time now = world_.clock.Now();
  sweep_at_ = now + kSweepEvery;
  const auto look = [&](const FakeLease& lease, WorkItem::Kind kind, const std::string& id) {
    const bool free = lease.owner.empty() || lease.until < now;
    if (lease.due <= now && free && !wakes_.Waits(id)) wakes_.Add({kind, id});
  };
  for (const auto& [id, row] : world_.database.orders) look(row.lease, WorkItem::Kind::kOrder, id);
  for (const auto& [id, row] : world_.database.lanes) look(row.lease, WorkItem::Kind::kLane, id);
  if (!world_.database.lost.empty() && running_.empty() && dice_.Percent(30)) JudgeLost();
}

// Beside the steps of orders and lanes, and not as part of any.
void Fleet::JudgeLost() {
  const size_t worker = IdleWorker();
  running_.emplace_back(worker, WorkItem{});
  const absl::Status judged = workers_[worker]->JudgeLost();
  running_.pop_back();
  world_.Tell(workers_[worker]->name, " judges what was lost: ", judged.message());
  if (workers_[worker]->fate.dead()) Replace(worker);
}

void Fleet::JumpClock() {
  const size_t worker = static_cast<size_t>(dice_.Roll(world_.plan.workers));
  skews_[worker] = absl::Seconds(dice_.Between(-600, 600));
  workers_[worker]->clock.skew = skews_[worker];
  world_.Tell("the clock of ", workers_[worker]->name, " jumps to ",
              absl::FormatDuration(skews_[worker]));
}

// The database is what it was then; the witness log, the chain and the customers are what they are.
void Fleet::Restore() {
  world_.Tell("RESTORE of the database");
  audit_.BeforeRestore();
  world_.database.Restore(*backup_);
  backup_.reset();
  --restores_left_;
  audit_.AfterRestore();
  for (const auto& worker : workers_) worker->cut_off = true;
  for (const auto& [worker, item] : running_) {
    if (dice_.Percent(50)) workers_[worker]->fate.Kill();
  }
  for (size_t i = 0; i < customers_.all().size(); ++i) {
    auto& customer = customers_.all()[i];
    if (customer.at > world_.clock.Now()) continue;
    // Whose order is gone does not know it yet.
    if (world_.database.Row(customer.id) == nullptr) customer.created = false;
    const absl::Time again = world_.clock.Now() + absl::Seconds(dice_.Roll(300));
    agenda_.Add(again, [this, i] { Repeat(i); });
  }
}

std::unique_ptr<Process> Fleet::NewProcess(size_t worker, const std::string& name) {
  auto process = std::make_unique<Process>(world_, name, *this, dice_);
  process->clock.skew = skews_[worker];
  process->fate.choose = [this, worker](absl::string_view method) {
    return Choose(worker, method);
  };
  return process;
}

// A process that comes back may have its old name, or be another one.
void Fleet::Replace(size_t worker) {
  const std::string before = workers_[worker]->name;
  world_.Tell("  ", before, " died");
  const std::string name = dice_.Percent(50) ? before : absl::StrCat("w", ++named_);
  workers_[worker] = NewProcess(worker, name);
}

size_t Fleet::IdleWorker() {
  while (true) {
    const size_t worker = static_cast<size_t>(dice_.Roll(world_.plan.workers));
    const bool busy = std::any_of(running_.begin(), running_.end(),
                                  [&](const auto& one) { return one.first == worker; });
    if (!busy) return worker;
  }
}

void Fleet::RunStep(const WorkItem& item, size_t worker) {
  ++steps_;
  Process& process = *workers_[worker];
  const bool lane = item.kind == WorkItem::Kind::kLane;
  world_.Tell(process.name, " runs ", lane ? "lane " : "order ",
              lane ? item.id.substr(0, 8) : NameOf(item.id));
  running_.emplace_back(worker, item);
  const int restores = audit_.restores();
  const absl::StatusOr<absl::Time> next = process.Run(item);
  running_.pop_back();
  if (lane && world_.listener) TellLane(item.id);
  const bool died = process.fate.dead();
  audit_.Stepped(item, died ? absl::OkStatus() : next.status(), audit_.restores() > restores);
  if (died) {
    Replace(worker);
  } else if (next.ok() && *next < world_.clock.Now() + absl::Seconds(30)) {
    wakes_.AddLater(item, *next);
    wakes_.Pass(world_.clock.Now());
  }
}

// What the lane's rows say after a step, and what was seen.
void Fleet::TellLane(const std::string& wallet) const {
  const FakeDatabase& database = world_.database;
  const auto lane = database.lanes.find(wallet);
  const auto transfers = database.transfers_of.find(wallet);
  if (lane == database.lanes.end() || transfers == database.transfers_of.end()) return;
  world_.Tell("  lane: next ", lane->second.next_seqno.value_or(-1), ", last lt ",
              lane->second.last_lt / 1'000'000, lane->second.shut ? ", shut" : "",
              ", chain: seqno ", world_.chain.seqno(wallet), ", lt ",
              world_.chain.last_lt(wallet) / 1'000'000);
  const size_t from = transfers->second.size() > 3 ? transfers->second.size() - 3 : 0;
  for (size_t i = from; i < transfers->second.size(); ++i) {
    const Transfer& transfer = database.transfers.at(transfers->second[i]);
    const auto notes = database.transfer_notes.find(transfers->second[i]);
    std::string orders;
    for (const Payment& payment : transfer.payments) {
      absl::StrAppend(&orders, " ", NameOf(payment.order.value()));
    }
    world_.Tell("  transfer ", transfer.number, " ", transfer.normalized_hash.substr(0, 6),
                " seqno ", transfer.seqno, " ", VerdictName(transfer.verdict),
                transfer.provisional ? " provisional" : "", orders, ": ",
                notes == database.transfer_notes.end() ? "" : notes->second.evidence);
  }
}

std::string Fleet::NameOf(const std::string& order) const {
  const FakeOrderRow* row = world_.database.Row(OrderId(order));
  return row == nullptr ? order : row->order.request_id;
}

CallFate Fleet::Choose(size_t worker, absl::string_view method) {
  if (IsRead(method)) weather_.BeforeRead();
  if (workers_[worker]->cut_off && IsDatabase(method)) {
    workers_[worker]->cut_off = false;
    return dice_.Percent(50) ? CallFate::kFails : CallFate::kVanishes;
  }
  if (calm_) return CallFate::kNormal;
  const Plan& plan = world_.plan;
  if (dice_.PerMille(plan.overtakes)) Overtake(worker);
  if (dice_.PerMille(plan.deaths)) {
    audit_.Blinded();
    return dice_.Percent(50) ? CallFate::kDiesBefore : CallFate::kDiesAfter;
  }
  if (!dice_.PerMille(plan.call_faults)) return CallFate::kNormal;
  if (IsRead(method)) audit_.Blinded();
  constexpr CallFate kFates[] = {CallFate::kFails, CallFate::kAnswerLost, CallFate::kVanishes};
  const CallFate fate = kFates[dice_.Roll(3)];
  world_.Tell("  ", workers_[worker]->name, " ", method,
              fate == CallFate::kFails      ? " fails"
              : fate == CallFate::kVanishes ? " vanishes"
                                            : " is unanswered");
  return fate;
}

// In the middle of one worker's step: time, blocks, and others' steps.
void Fleet::Overtake(size_t worker) {
  world_.Tell("  ", workers_[worker]->name, " is overtaken");
  if (dice_.Percent(50)) {
    PassTo(world_.clock.Now() + absl::Milliseconds(dice_.Roll(40'000)));
  }
  if (backup_ && restores_left_ > 0 && dice_.Percent(10)) Restore();
  const bool room =
      running_.size() < kDeepest && running_.size() < static_cast<size_t>(world_.plan.workers);
  for (int i = dice_.Roll(8); i > 0 && room; --i) {
    if (wakes_.empty()) PassTo(std::min(NextMoment(), world_.clock.Now() + absl::Seconds(10)));
    if (!wakes_.empty()) RunStep(wakes_.Take(dice_), IdleWorker());
  }
}

// All faults are over; what is left comes to its end.
void Fleet::CalmDown() {
  world_.Tell("ALL FAULTS ARE OVER");
  calm_ = true;
  weather_.Calm();
  for (size_t i = 0; i < workers_.size(); ++i) {
    skews_[i] = absl::ZeroDuration();
    workers_[i]->clock.skew = skews_[i];
  }
  const absl::Time last = world_.clock.Now() + world_.plan.execute_window + absl::Hours(2);
  absl::Time rested = absl::InfiniteFuture();
  while (!audit_.finding() && world_.clock.Now() < last) {
    if (wakes_.empty()) {
      if (!AtRest())
        rested = absl::InfiniteFuture();
      else if (rested == absl::InfiniteFuture())
        rested = world_.clock.Now();
      const absl::Time next = NextMoment();
      if (EarliestDue() == absl::InfiniteFuture() && agenda_.next() == absl::InfiniteFuture() &&
          rested != absl::InfiniteFuture()) {
        return;
      }
      if (rested + absl::Minutes(25) < world_.clock.Now()) return;
      PassTo(next);
      continue;
    }
    RunStep(wakes_.Take(dice_), IdleWorker());
  }
}

// Only reviews are left.
bool Fleet::AtRest() const {
  for (const auto& customer : customers_.all()) {
    if (customer.at > world_.clock.Now()) return false;
  }
  for (const auto& [id, row] : world_.database.orders) {
    if (row.order.state != OrderState::kNeedsReview && !IsTerminal(row.order.state)) return false;
  }
  return true;
}

std::map<std::string, int64_t> Fleet::Counts() const {
  std::map<std::string, int64_t> counts;
  for (const auto& [id, row] : world_.database.orders) {
    ++counts[std::string(OrderStateName(row.order.state))];
  }
  counts["steps"] = steps_;
  counts["transfers"] = static_cast<int64_t>(world_.database.transfers.size());
  counts["payments"] = static_cast<int64_t>(world_.chain.paid.size());
  return counts;
}

}  // namespace starlift::simulation
