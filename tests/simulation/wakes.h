#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "domain/order/ports/work_signal.h"
#include "simulation/dice.h"

namespace starlift::simulation {

// The wake-ups that are under way: what stands on the stream, and what workers remember. They come
// in any order.
class Wakes {
 public:
  void Add(const WorkItem& item) {
    ready_.push_back(item);
    ++waiting_[item.id];
  }
  void AddLater(const WorkItem& item, absl::Time at) { later_.push({at, next_++, item}); }
  bool Waits(const std::string& id) const { return waiting_.contains(id); }
  bool empty() const { return ready_.empty(); }
  size_t size() const { return ready_.size(); }
  absl::Time next() const { return later_.empty() ? absl::InfiniteFuture() : later_.top().at; }

  // What was for later, and is due now.
  void Pass(absl::Time now) {
    while (!later_.empty() && later_.top().at <= now) {
      if (!Waits(later_.top().item.id)) Add(later_.top().item);
      later_.pop();
    }
  }
  // Any of those that wait.
  WorkItem Take(Dice& dice) {
    const auto place = static_cast<size_t>(dice.Roll(static_cast<int>(ready_.size())));
    std::swap(ready_[place], ready_.back());
    WorkItem item = std::move(ready_.back());
    ready_.pop_back();
    const auto count = waiting_.find(item.id);
    if (--count->second == 0) waiting_.erase(count);
    return item;
  }
  // The stream is lost with all that stands on it.
  void Flush() {
    ready_.clear();
    waiting_.clear();
    later_ = {};
  }

 private:
  struct Later {
    absl::Time at;
    uint64_t number;
    WorkItem item;
    bool operator>(const Later& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };
  std::vector<WorkItem> ready_;
  std::unordered_map<std::string, int> waiting_;  // by id
  std::priority_queue<Later, std::vector<Later>, std::greater<>> later_;
  uint64_t next_ = 0;
};

// What the world will do by itself, in the order of its times.
class Agenda {
 public:
  void Add(absl::Time at, std::function<void()> what) {
    events_.push({at, next_++, std::move(what)});
  }
  absl::Time next() const { return events_.empty() ? absl::InfiniteFuture() : events_.top().at; }
  void Pass(absl::Time now) {
    while (!events_.empty() && events_.top().at <= now) {
      const std::function<void()> what = events_.top().what;
      events_.pop();
      what();
    }
  }

 private:
  struct Event {
    absl::Time at;
    uint64_t number;
    std::function<void()> what;
    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  uint64_t next_ = 0;
};

}  // namespace starlift::simulation
