#include "services/worker/job_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace starlift {
namespace {

// Wake-ups further away than this are not kept: the announce role brings them back.
constexpr absl::Duration kHorizon = absl::Seconds(30);

}  // namespace

JobRunner::JobRunner(int threads, const Clock& clock, Step step)
    : clock_(clock), step_(std::move(step)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

JobRunner::~JobRunner() { Stop(); }

void JobRunner::Submit(const WorkItem& item) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const absl::Time now = clock_.Now();
  Entry& entry = entries_.try_emplace({item.kind, item.id}, Entry{now}).first->second;
  if (entry.due > now) entry.planned = std::exchange(entry.due, now);
  entry.again = entry.running;
  changed_.notify_one();
}

void JobRunner::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

size_t JobRunner::waiting() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::optional<JobRunner::Key> JobRunner::NextDue(absl::Time now, absl::Time* wake) {
  *wake = absl::InfiniteFuture();
  std::optional<Key> best;
  for (const auto& [key, entry] : entries_) {
    if (entry.running || entry.due >= *wake) continue;
    *wake = entry.due;
    best = key;
  }
  return *wake <= now ? best : std::nullopt;
}

void JobRunner::Finish(const Key& key, absl::Time come_back) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(key);
  entry.running = false;
  const absl::Time now = clock_.Now();
  if (come_back == absl::InfiniteFuture()) come_back = entry.planned;
  entry.planned = absl::InfiniteFuture();
  if (entry.again) entry.planned = std::exchange(come_back, now);
  entry.again = false;
  entry.due = come_back;
  if (come_back > now + kHorizon) entries_.erase(key);
  changed_.notify_one();
}

void JobRunner::Work() {
  while (true) {
    std::optional<Key> key;
    {
      std::unique_lock lock(mutex_);
      absl::Time wake;
      while (!stopping_ && !(key = NextDue(clock_.Now(), &wake))) {
        const absl::Duration pause = std::min(wake - clock_.Now(), absl::Seconds(1));
        changed_.wait_for(lock, absl::ToChronoMicroseconds(pause));
      }
      if (stopping_) return;
      entries_.at(*key).running = true;
    }
    Finish(*key, step_({key->first, key->second}));
  }
}

}  // namespace starlift
