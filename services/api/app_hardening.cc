#include "services/api/app_hardening.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>

#include "base/check.h"

namespace starlift {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void HardenProcess() {
  const rlimit none = {0, 0};
  STARLIFT_CHECK(setrlimit(RLIMIT_CORE, &none) == 0);
  STARLIFT_CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
  signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = StopSignals();
  STARLIFT_CHECK(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
}

bool AwaitStop(absl::Duration wait) {
  const sigset_t signals = StopSignals();
  int result = -1;
  if (wait == absl::InfiniteDuration()) {
    do {
      result = sigwaitinfo(&signals, nullptr);
    } while (result < 0 && errno == EINTR);
  } else {
    const timespec limit = absl::ToTimespec(wait);
    result = sigtimedwait(&signals, nullptr, &limit);
  }
  return result > 0;
}

}  // namespace starlift
