#include "services/worker/periodic.h"

#include <utility>

namespace starlift {

Periodic::Periodic(absl::Duration interval, std::function<bool()> work, absl::Duration rest)
    : interval_(interval), rest_(rest), work_(std::move(work)), thread_([this] { Loop(); }) {}

Periodic::~Periodic() { Stop(); }

void Periodic::Poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  changed_.notify_one();
}

void Periodic::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Periodic::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    poked_ = false;
    lock.unlock();
    const bool more = work_();
    lock.lock();
    if (more) continue;
    changed_.wait_for(lock, absl::ToChronoMicroseconds(rest_), [this] { return stopping_; });
    changed_.wait_for(lock, absl::ToChronoMicroseconds(interval_),
                      [this] { return poked_ || stopping_; });
  }
}

}  // namespace starlift
