#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace starlift {

// Before anything secret is read: no core dumps, no debugger, no death by a closed socket; SIGTERM
// and SIGINT are kept for AwaitStop in every thread that starts from now on.
void HardenProcess();

// Whether so many more bytes of memory can be kept from ever being written to a swap device, as the
// memory of secrets should be. Tries it and lets go again.
bool CanLockMemory(size_t bytes);
// The same for what a program's secrets need (64 KiB). FAILED_PRECONDITION says what to raise.
absl::Status CheckLockedMemory();

// Waits for SIGTERM or SIGINT, at most `wait`; false when the time is over.
bool AwaitStop(absl::Duration wait);

}  // namespace starlift
