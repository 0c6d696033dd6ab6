#include "bench/load_figures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace starlift::bench {

void LoadFigures::Failed(const std::string& what) {
  if (failed_++ == 0) first_failure_ = what;
}

std::string LoadFigures::Line(double seconds) {
  std::sort(nanos_.begin(), nanos_.end());
  std::string line = absl::StrFormat(
      "done=%d failed=%d per_s=%.0f p50_us=%.0f p99_us=%.0f", nanos_.size(), failed_,
      static_cast<double>(nanos_.size()) / seconds, MicrosAt(0.5), MicrosAt(0.99));
  if (failed_ > 0) absl::StrAppend(&line, " first_failure=", first_failure_);
  return line;
}

double LoadFigures::MicrosAt(double share) const {
  if (nanos_.empty()) return 0;
  const auto at = static_cast<size_t>(share * static_cast<double>(nanos_.size() - 1));
  return static_cast<double>(nanos_[at]) / 1000;
}

}  // namespace starlift::bench
