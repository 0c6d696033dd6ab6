#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace starlift {

inline constexpr int kWriters = 8;

// Runs `race` on every writer at once; answers how many said yes.
inline int Winners(const std::function<bool(int writer)>& race) {
  std::atomic<int> winners{0};
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      ++ready;
      while (ready < kWriters) std::this_thread::yield();
      if (race(writer)) ++winners;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return winners;
}

}  // namespace starlift
