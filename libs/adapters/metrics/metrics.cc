#include "adapters/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <type_traits>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift {
namespace {

constexpr size_t kMostSeries = 500;

std::string SeriesKey(MetricLabels labels) {
  std::string key;
  for (const auto& [name, value] : labels) absl::StrAppend(&key, value.size(), ":", value);
  return key;
}

std::map<std::string, std::string> LabelMap(MetricLabels labels, bool other) {
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : labels)
    map[std::string(name)] = other ? "other" : std::string(value);
  return map;
}

// One described metric and its series by label values.
template <typename Metric>
struct Family {
  prometheus::Family<Metric>* family = nullptr;
  std::vector<double> bounds;
  absl::flat_hash_map<std::string, Metric*> series;
};

template <typename Metric>
Metric& AddSeries(Family<Metric>& family, const std::map<std::string, std::string>& labels) {
  if constexpr (std::is_same_v<Metric, prometheus::Histogram>) {
    return family.family->Add(labels, family.bounds);
  } else {
    return family.family->Add(labels);
  }
}

template <typename Metric>
using Families = absl::flat_hash_map<std::string, Family<Metric>>;

template <typename Metric>
Metric& Series(std::mutex& mutex, Families<Metric>& families, absl::string_view name,
               MetricLabels labels) {
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = families.find(name);
  STARLIFT_CHECK(found != families.end());
  Family<Metric>& family = found->second;
  std::string key = SeriesKey(labels);
  if (const auto known = family.series.find(key); known != family.series.end()) {
    return *known->second;
  }
  const bool full = family.series.size() >= kMostSeries;
  Metric& metric = AddSeries(family, LabelMap(labels, full));
  // The series beyond the limit share one: Add gives the same one for the same labels.
  if (!full) family.series[std::move(key)] = &metric;
  return metric;
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  std::mutex mutex;
  Families<prometheus::Counter> counters;
  Families<prometheus::Gauge> gauges;
  Families<prometheus::Histogram> histograms;
};

Metrics::Metrics(absl::string_view program, absl::string_view version)
    : state_(std::make_unique<State>()) {
  DescribeGauge("starlift_build_info", "Which program this is; always 1.");
  Set("starlift_build_info", {{"program", program}, {"version", version}}, 1);
}

Metrics::~Metrics() = default;

void Metrics::DescribeCounter(absl::string_view name, absl::string_view help) {
  auto& family = prometheus::BuildCounter()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(state_->registry);
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->counters[name] = {&family, {}, {}};
}

void Metrics::DescribeGauge(absl::string_view name, absl::string_view help) {
  auto& family = prometheus::BuildGauge()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(state_->registry);
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->gauges[name] = {&family, {}, {}};
}

void Metrics::DescribeHistogram(absl::string_view name, absl::string_view help,
                                std::vector<double> bounds) {
  auto& family = prometheus::BuildHistogram()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(state_->registry);
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->histograms[name] = {&family, std::move(bounds), {}};
}

void Metrics::Add(absl::string_view counter, MetricLabels labels, double amount) {
  Series(state_->mutex, state_->counters, counter, labels).Increment(amount);
}

void Metrics::Set(absl::string_view gauge, MetricLabels labels, double value) {
  Series(state_->mutex, state_->gauges, gauge, labels).Set(value);
}

void Metrics::Observe(absl::string_view histogram, MetricLabels labels, double value) {
  Series(state_->mutex, state_->histograms, histogram, labels).Observe(value);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

std::vector<double> LatencyBounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

}  // namespace starlift
