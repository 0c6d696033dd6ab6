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

void JobRunner::Enqueue(const Key& key, Entry* entry, absl::Time due) {
  entry->due = due;
  entry->ticket = next_ticket_++;
  queue_.insert({due, entry->ticket, &key});
}

void JobRunner::Submit(const WorkItem& item) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const absl::Time now = clock_.Now();
  const auto [place, is_new] = entries_.try_emplace({item.kind, item.id});
  auto& [key, entry] = *place;
  if (is_new) {
    Enqueue(key, &entry, now);
  } else if (entry.running) {
    entry.again = true;
  } else if (entry.due > now) {
    entry.planned = entry.due;
    Dequeue(key, entry);
    Enqueue(key, &entry, now);
  }
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

uint64_t JobRunner::comparisons() const {
  const std::lock_guard lock(mutex_);
  return comparisons_;
}

std::optional<JobRunner::Key> JobRunner::TakeDue(absl::Time now, absl::Time* wake) {
  *wake = queue_.empty() ? absl::InfiniteFuture() : queue_.begin()->due;
  if (*wake > now) return std::nullopt;
  const Key key = *queue_.begin()->key;
  queue_.erase(queue_.begin());
  entries_.at(key).running = true;
  return key;
}

void JobRunner::Finish(const Key& key, absl::Time come_back) {
  const std::lock_guard lock(mutex_);
  const auto place = entries_.find(key);
  Entry& entry = place->second;
  entry.running = false;
  const absl::Time now = clock_.Now();
  if (come_back == absl::InfiniteFuture()) come_back = entry.planned;
  entry.planned = absl::InfiniteFuture();
  if (entry.again) entry.planned = std::exchange(come_back, now);
  entry.again = false;
  if (come_back > now + kHorizon) {
    entries_.erase(place);
  } else {
    Enqueue(place->first, &entry, come_back);
  }
  changed_.notify_one();
}

void JobRunner::Work() {
  while (true) {
    std::optional<Key> key;
    {
      std::unique_lock lock(mutex_);
      absl::Time wake;
      while (!stopping_ && !(key = TakeDue(clock_.Now(), &wake))) {
        const absl::Duration pause = std::min(wake - clock_.Now(), absl::Seconds(1));
        changed_.wait_for(lock, absl::ToChronoMicroseconds(pause));
      }
      if (stopping_) return;
    }
    Finish(*key, step_({key->first, key->second}));
  }
}

}  // namespace starlift
