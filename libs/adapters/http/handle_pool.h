#pragma once

#include <cstddef>
#include <memory>

namespace starlift::http {

// Idle libcurl easy handles, each with its open connections. Safe from several threads.
class HandlePool {
 public:
  HandlePool();
  ~HandlePool();
  HandlePool(const HandlePool&) = delete;
  HandlePool& operator=(const HandlePool&) = delete;

  // The one used last (its connection is the most likely to live), or a new one; null when out of
  // memory. A CURL*, spelled void* to keep libcurl out of headers, as libcurl itself does.
  void* Take();
  // Takes it back, options cleared, or closes it when enough are idle.
  void Return(void* handle);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace starlift::http
