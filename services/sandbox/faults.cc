#include "sandbox/faults.h"

namespace starlift::sandbox {

bool TakeOne(int* count) {
  if (*count <= 0) return false;
  --*count;
  return true;
}

int64_t TakeSlowness(Slowness* slowness) {
  if (slowness->count == 0) return 0;
  if (slowness->count > 0) --slowness->count;
  return slowness->ms;
}

ExecutionFaults Faults::TakeExecution() {
  ExecutionFaults forced;
  if (TakeOne(&skip_action)) forced.skip_action = skip_index;
  forced.fail_action_phase = TakeOne(&fail_action_phase);
  return forced;
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
