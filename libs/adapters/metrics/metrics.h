#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace starlift {

// Names and values of a series' labels. Values come from short, fixed lists (methods, codes,
// reasons): never an id, a name or anything that a caller chose.
using MetricLabels = std::initializer_list<std::pair<absl::string_view, absl::string_view>>;

// The process' metrics in Prometheus' terms. Every metric is described once and then written by
// name; one that was never described is a failed check. A metric has at most 500 series: what comes
// after is counted under labels that all say "other", so that no mistake can eat the memory. Safe
// from several threads.
class Metrics {
 public:
  // Describes starlift_build_info{program,version}, which is 1.
  Metrics(absl::string_view program, absl::string_view version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void DescribeCounter(absl::string_view name, absl::string_view help);
  void DescribeGauge(absl::string_view name, absl::string_view help);
  // `bounds`: upper bounds of the buckets, ascending.
  void DescribeHistogram(absl::string_view name, absl::string_view help,
                         std::vector<double> bounds);

  void Add(absl::string_view counter, MetricLabels labels, double amount = 1);
  void Set(absl::string_view gauge, MetricLabels labels, double value);
  void Observe(absl::string_view histogram, MetricLabels labels, double value);

  // All of it in the Prometheus text format.
  std::string Text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Bounds in seconds that suit calls from a tenth of a millisecond to a minute.
std::vector<double> LatencyBounds();

}  // namespace starlift
