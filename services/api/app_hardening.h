#pragma once

#include "absl/time/time.h"

namespace starlift {

// Before anything secret is read: no core dumps, no debugger, no death by a closed socket; SIGTERM
// and SIGINT are kept for AwaitStop in every thread that starts from now on.
void HardenProcess();

// Waits for SIGTERM or SIGINT, at most `wait`; false when the time is over.
bool AwaitStop(absl::Duration wait);

}  // namespace starlift
