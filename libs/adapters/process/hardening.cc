#include "adapters/process/hardening.h"

#include <sodium.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift {
namespace {

constexpr size_t kSecretsBytes = 64 * 1024;

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

bool CanLockMemory(size_t bytes) {
  STARLIFT_CHECK(sodium_init() >= 0);
  // Pages of its own: unlocking wipes and unlocks whole pages, whoever else lives there.
  void* region = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (region == MAP_FAILED) return false;
  const bool locked = sodium_mlock(region, bytes) == 0;
  if (locked) sodium_munlock(region, bytes);
  munmap(region, bytes);
  return locked;
}

absl::Status CheckLockedMemory() {
  if (CanLockMemory(kSecretsBytes)) return absl::OkStatus();
  rlimit limit = {};
  STARLIFT_CHECK(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  return absl::FailedPreconditionError(absl::StrCat(
      "secrets cannot be kept out of swap: locking ", kSecretsBytes,
      " bytes of memory failed, the limit is ", limit.rlim_cur,
      "; raise RLIMIT_MEMLOCK (LimitMEMLOCK= in systemd, --ulimit memlock= for a container)"));
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
