#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "domain/order/ports/work_signal.h"

namespace starlift {

// Runs steps on a few threads. One item is never run twice at once here; an item that is submitted
// while it runs runs once more. A wake-up that finds nothing to do does not lose the time that was
// planned. A step says when to come back: soon is remembered here, later is left to the database
// and the announce role, which know it anyway. What is due runs in the order of its times, and of
// its arrival among equals; finding it takes a few comparisons, however many wait.
class JobRunner {
 public:
  // Runs one step; answers when to come back (InfiniteFuture: not by itself).
  using Step = std::function<absl::Time(const WorkItem& item)>;

  JobRunner(int threads, const Clock& clock, Step step);
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  void Submit(const WorkItem& item);
  // Starts nothing new and waits for the steps that run.
  void Stop();
  size_t waiting() const;
  // How many comparisons of times the queue has made so far: what its work grows with.
  uint64_t comparisons() const;

 private:
  using Key = std::pair<WorkItem::Kind, std::string>;
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return std::hash<std::string>()(key.second) * 2 + static_cast<size_t>(key.first);
    }
  };
  struct Entry {
    absl::Time due;
    absl::Time planned = absl::InfiniteFuture();  // what a wake-up pulled forward
    uint64_t ticket = 0;                          // order of arrival
    bool running = false;                         // not in queue_ then
    bool again = false;
  };
  // An item's place in the queue. Elements of an unordered_map stay where they are.
  struct Place {
    absl::Time due;
    uint64_t ticket;
    const Key* key;
  };
  struct Sooner {
    uint64_t* comparisons;
    bool operator()(const Place& a, const Place& b) const {
      ++*comparisons;
      return a.due != b.due ? a.due < b.due : a.ticket < b.ticket;
    }
  };

  void Work();
  // All of these are called under the lock.
  void Enqueue(const Key& key, Entry* entry, absl::Time due);
  void Dequeue(const Key& key, const Entry& entry) {
    queue_.erase({entry.due, entry.ticket, &key});
  }
  // The item that is due first, now running; nothing until `*wake`.
  std::optional<Key> TakeDue(absl::Time now, absl::Time* wake);
  void Finish(const Key& key, absl::Time come_back);

  const Clock& clock_;
  const Step step_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<Key, Entry, KeyHash> entries_;
  uint64_t comparisons_ = 0;
  std::set<Place, Sooner> queue_{Sooner{&comparisons_}};  // of entries that do not run
  uint64_t next_ticket_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace starlift
