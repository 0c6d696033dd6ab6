#pragma once

#include <cstdio>
#include <cstdlib>

// Assertions that stay on in every build. A failed check ends the process at once: a program that
// no longer understands its own state must not go on moving money. The text holds the source of the
// condition only, never a value, so that nothing secret can reach a log this way.
#define STARLIFT_CHECK(condition)                                                        \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
