#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace starlift::rpc {

// A fixed number of threads and a bounded queue: where calls may wait for a database or a
// neighbour, so that gRPC's own two threads never do. What does not fit is refused at once instead
// of growing.
class Executor {
 public:
  Executor(int threads, size_t most_queued);
  // Runs what is queued, then ends the threads.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False: the queue is full, or the executor is going; the task was not taken.
  bool TryRun(std::function<void()> task);
  // Tasks that wait for a thread.
  size_t waiting();

 private:
  void Work();

  const size_t most_queued_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool going_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace starlift::rpc
