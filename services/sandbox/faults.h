#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sandbox/action_phase.h"

namespace starlift::sandbox {

// An answer of the fake fragment.com that is no answer.
struct FragmentFault {
  std::string method;  // of the API, "page" for pages, "*" for all
  std::string kind;    // "403", "429", "500", "not_json", "close"
  int count = 0;
};

// Seconds wasted before an answer.
struct Slowness {
  int64_t ms = 0;
  int count = 0;  // negative: until changed
};

// What a test asked to go wrong next. Counts are used up one by one.
struct Faults {
  int drop_external = 0;         // taken, answered with success, never included
  bool drop_forgets = false;     // … and then unknown again, so that a resend is included
  int lose_send_answer = 0;      // taken and included, but the answer is an error
  bool lose_by_closing = false;  // … or a connection that ends in the middle
  int send_429 = 0;
  int read_429 = 0;
  int read_500 = 0;
  int64_t delay_inclusion_ms = 0;
  int64_t hold_until_ms = 0;   // no blocks before this machine time
  int64_t stale_until_ms = 0;  // account reads answer an old state until this machine time
  int64_t stale_lag_ms = 0;
  int64_t index_lag_ms = 0;  // how far v3 runs behind the blocks
  int rotate_cookies = 0;    // calls that hand the session another stel_ssid
  int skip_action = 0;       // executions in which one action counts as not affordable
  int skip_index = 0;
  int fail_action_phase = 0;  // executions whose action phase fails with 37
  Slowness slow_fragment;
  Slowness slow_chain;
  std::vector<FragmentFault> fragment;

  // The forced part of the next execution; used up when it is taken.
  ExecutionFaults TakeExecution();
  // How a call to `method` is to fail; empty: not at all.
  std::string TakeFragment(absl::string_view method);
};

// True, and one less, while there is something left.
bool TakeOne(int* count);
int64_t TakeSlowness(Slowness* slowness);

}  // namespace starlift::sandbox
