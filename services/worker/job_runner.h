#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "domain/order/ports/work_signal.h"

namespace starlift {

// Runs steps on a few threads. One item is never run twice at once here; an item that is submitted
// while it runs runs once more. A wake-up that finds nothing to do does not lose the time that was
// planned. A step says when to come back: soon is remembered here, later is left to the database
// and the announce role, which know it anyway.
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

 private:
  using Key = std::pair<WorkItem::Kind, std::string>;
  struct Entry {
    absl::Time due;
    absl::Time planned = absl::InfiniteFuture();  // what a wake-up pulled forward
    bool running = false;
    bool again = false;
  };

  void Work();
  // The item that is due first, or nothing until `*wake`. Called under the lock.
  std::optional<Key> NextDue(absl::Time now, absl::Time* wake);
  void Finish(const Key& key, absl::Time come_back);

  const Clock& clock_;
  const Step step_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, Entry> entries_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace starlift
