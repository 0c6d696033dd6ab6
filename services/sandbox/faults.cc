#include "sandbox/faults.h"

namespace starlift::sandbox {

bool TakeOne(int* count) {
  if (*count <= 0) return false;
  --*count;
  return true;
}

ExecutionFaults Faults::TakeExecution() {
  ExecutionFaults forced;
  if (TakeOne(&skip_action)) forced.skip_action = skip_index;
  forced.fail_action_phase = TakeOne(&fail_action_phase);
  return forced;
}

std::optional<int64_t> Faults::TakeLate(const ton::Address& wallet) {
  const auto found = late_s.find(wallet);
  if (found == late_s.end()) return std::nullopt;
  const int64_t seconds = found->second;
  late_s.erase(found);
  return seconds;
}

std::string Faults::TakeFragment(absl::string_view method) {
  for (FragmentFault& fault : fragment) {
    if ((fault.method == "*" || fault.method == method) && TakeOne(&fault.count)) {
      return fault.kind;
    }
  }
  return "";
}

}  // namespace starlift::sandbox
