#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "domain/webhook/deliverer.h"
#include "services/worker/periodic.h"

namespace starlift {

// Delivers what is due, a few at a time: as many are claimed as threads are free, so that a slow
// receiver holds its own thread and nobody else's event.
class WebhookRole {
 public:
  WebhookRole(Deliverer deliverer, std::string owner, int threads, absl::Duration poll);
  ~WebhookRole();

  // Something changed: look now.
  void Poke() { poller_.Poke(); }
  void Stop();

 private:
  bool Claim();
  void Work();

  Deliverer deliverer_;
  const std::string owner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Delivery> claimed_;
  int free_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
  Periodic poller_;  // last: it uses all of the above
};

}  // namespace starlift
