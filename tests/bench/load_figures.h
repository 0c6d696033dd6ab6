#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace starlift::bench {

// What the calls that counted came to.
class LoadFigures {
 public:
  using Took = std::chrono::steady_clock::duration;

  void Done(Took took) { nanos_.push_back(took.count()); }
  // `what` of the first one is shown.
  void Failed(const std::string& what);

  // "done=… failed=… per_s=… p50_us=… p99_us=… [first_failure=…]", over `seconds`.
  std::string Line(double seconds);
  bool any_failed() const { return failed_ > 0; }

 private:
  double MicrosAt(double share) const;  // nanos_ is sorted

  std::vector<int64_t> nanos_;
  int64_t failed_ = 0;
  std::string first_failure_;
};

}  // namespace starlift::bench
