#include "sandbox/fault_order.h"

#include <cmath>

#include "absl/strings/numbers.h"

namespace starlift::sandbox {

using nlohmann::json;

int CountIn(const json& order) { return order.value("count", 1); }

int64_t NumberIn(const json& order, const char* name, int64_t otherwise) {
  const auto found = order.find(name);
  if (found == order.end()) return otherwise;
  int64_t number = otherwise;
  if (found->is_string()) {
    return absl::SimpleAtoi(found->get<std::string>(), &number) ? number : otherwise;
  }
  return found->is_number() ? static_cast<int64_t>(std::llround(found->get<double>())) : otherwise;
}

Slowness SlownessIn(const json& order) {
  return {NumberIn(order, "ms", 0), static_cast<int>(NumberIn(order, "count", -1))};
}

int64_t EndIn(const World& world, const json& order, int64_t otherwise_ms) {
  const int64_t ms = NumberIn(order, "ms", otherwise_ms);
  return ms < 0 ? INT64_MAX : world.MachineMs() + ms;
}

}  // namespace starlift::sandbox
