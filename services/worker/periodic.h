#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace starlift {

// A thread that does the same thing again and again: after `interval`, or at once when poked. The
// work answers true when it wants to go on immediately (there was more to do than it took). After
// work that does not, it rests: pokes that come within `rest` are answered together at its end.
class Periodic {
 public:
  Periodic(absl::Duration interval, std::function<bool()> work,
           absl::Duration rest = absl::ZeroDuration());
  ~Periodic();
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  void Poke();
  void Stop();

 private:
  void Loop();

  const absl::Duration interval_;
  const absl::Duration rest_;
  const std::function<bool()> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool poked_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace starlift
