#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

// Without its services this binary fails; it never skips: a suite that tests nothing must not look
// green.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const char* name : {"STARLIFT_TEST_DATABASE_URL", "STARLIFT_TEST_REDIS"}) {
    if (std::getenv(name) != nullptr) continue;
    std::cerr << name << " is not set: run this through scripts/private_services.py\n";
    return 1;
  }
  return RUN_ALL_TESTS();
}
