#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "adapters/metrics/metrics.h"

namespace starlift {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsRegistryTest, WritesThePrometheusText) {
  Metrics metrics("prog", "1.2");
  metrics.DescribeCounter("c_total", "Counts.");
  metrics.DescribeGauge("g", "Goes up and down.");
  metrics.DescribeHistogram("h_seconds", "Spreads.", {1, 2});
  metrics.Add("c_total", {{"kind", "a"}});
  metrics.Add("c_total", {{"kind", "a"}}, 2);
  metrics.Set("g", {}, 7);
  metrics.Observe("h_seconds", {{"kind", "a"}}, 1.5);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("starlift_build_info{program=\"prog\",version=\"1.2\"} 1"));
  EXPECT_THAT(text, HasSubstr("# HELP c_total Counts."));
  EXPECT_THAT(text, HasSubstr("c_total{kind=\"a\"} 3"));
  EXPECT_THAT(text, HasSubstr("g 7"));
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{kind=\"a\",le=\"2\"} 1"));
}

TEST(MetricsRegistryTest, TheNumberOfSeriesIsBounded) {
  Metrics metrics("prog", "1.2");
  metrics.DescribeCounter("c_total", "Counts.");
  for (int i = 0; i < 600; ++i) metrics.Add("c_total", {{"id", absl::StrCat("v", i)}});
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("c_total{id=\"v499\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("v500")));
  EXPECT_THAT(text, HasSubstr("c_total{id=\"other\"} 100"));
}

}  // namespace
}  // namespace starlift
