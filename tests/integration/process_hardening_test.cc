#include "adapters/process/hardening.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace starlift {
namespace {

constexpr int kYes = 10;
constexpr int kNo = 11;
constexpr uid_t kNobody = 65534;

// What `question` answers in a process of its own, without privileges, whose limit is `bytes`.
int AnswerUnder(rlim_t bytes, const std::function<bool()>& question) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit = {bytes, bytes};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) _exit(1);
    if (geteuid() == 0 && setuid(kNobody) != 0) _exit(2);
    _exit(question() ? kYes : kNo);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

rlim_t HardLimit() {
  rlimit limit = {};
  EXPECT_EQ(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
  return limit.rlim_max;
}

TEST(ProcessHardeningTest, ALimitOfNothingIsNoticed) {
  EXPECT_EQ(AnswerUnder(0, [] { return CanLockMemory(4096); }), kNo);
  EXPECT_EQ(AnswerUnder(0,
                        [] {
                          const std::string told(CheckLockedMemory().message());
                          return told.find("RLIMIT_MEMLOCK") != std::string::npos;
                        }),
            kYes);
}

TEST(ProcessHardeningTest, TheLimitIsWhatCounts) {
  if (HardLimit() < (1 << 20)) GTEST_SKIP() << "this process may lock too little itself";
  EXPECT_EQ(AnswerUnder(1 << 20, [] { return CanLockMemory(64 * 1024); }), kYes);
  EXPECT_EQ(AnswerUnder(1 << 20, [] { return CanLockMemory(2 << 20); }), kNo);
  EXPECT_EQ(AnswerUnder(1 << 20, [] { return CheckLockedMemory().ok(); }), kYes);
  // Nothing stays locked.
  EXPECT_EQ(AnswerUnder(1 << 20,
                        [] {
                          for (int i = 0; i < 32; ++i) {
                            if (!CanLockMemory(64 * 1024)) return false;
                          }
                          return true;
                        }),
            kYes);
}

}  // namespace
}  // namespace starlift
