#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "money_simulation.h"

namespace starlift {
namespace {

int64_t Setting(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  int64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

// STARLIFT_SIMULATION_FIRST and STARLIFT_SIMULATION_SEEDS repeat one seed, or run more of them.
TEST(MoneySimulationTest, NoOrderIsPaidTwiceAndEveryOrderComesToItsEnd) {
  const int64_t first = Setting("STARLIFT_SIMULATION_FIRST", 1);
  const int64_t seeds = Setting("STARLIFT_SIMULATION_SEEDS", 300);
  std::map<std::string, int> ends;
  for (int64_t seed = first; seed < first + seeds; ++seed) {
    MoneySimulation simulation(static_cast<uint64_t>(seed));
    const std::vector<std::string> broken = simulation.Run();
    EXPECT_TRUE(broken.empty()) << "seed " << seed << "\n"
                                << absl::StrJoin(broken, "\n") << "\n"
                                << simulation.Story();
    for (const auto& [state, count] : simulation.Ends()) ends[state] += count;
    if (HasFailure()) break;
  }
  for (const auto& [state, count] : ends) RecordProperty(state, count);
  if (seeds < 300) return;
  // A simulation in which nothing goes well, or nothing goes wrong, would prove nothing.
  EXPECT_GT(ends["DELIVERED"], seeds);
  EXPECT_GT(ends["NEEDS_REVIEW"], seeds / 20);
  EXPECT_GT(ends["FAILED"], seeds / 20);
}

}  // namespace
}  // namespace starlift
