#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sandbox/action_phase.h"
#include "sandbox/slowness.h"
#include "ton/address.h"

namespace starlift::sandbox {

// An answer of the fake fragment.com that is no answer.
struct FragmentFault {
  std::string method;  // of the API, "page" for pages, "*" for all
  std::string kind;    // "403", "429", "500", "not_json", "close"
  int count = 0;
};

// What a test asked to go wrong next with the chain itself, with sending to it and with
// fragment.com; what goes wrong with reading the chain belongs to its provider (provider.h). Counts
// are used up one by one.
struct Faults {
  int drop_external = 0;         // taken, answered with success, never included
  bool drop_forgets = false;     // … and then unknown again, so that a resend is included
  int lose_send_answer = 0;      // taken and included, but the answer is an error
  bool lose_by_closing = false;  // … or a connection that ends in the middle
  int send_429 = 0;
  int64_t delay_inclusion_ms = 0;
  int64_t hold_until_ms = 0;  // no blocks before this machine time
  // Wallets whose next message is kept back for so many seconds of chain time, and then executed as
  // if no time had passed.
  std::map<ton::Address, int64_t> late_s;
  int bounce = 0;  // payments to a watched payee that come back
  int64_t bounce_after_ms = 0;
  int rotate_cookies = 0;  // calls that hand the session another stel_ssid
  int skip_action = 0;     // executions in which one action counts as not affordable
  int skip_index = 0;
  int fail_action_phase = 0;   // executions whose action phase fails with 37
  int64_t history_lag_ms = 0;  // how much later a delivery is in the history of its session
  Slowness slow_fragment;
  std::vector<FragmentFault> fragment;

  // Whether the next execution is to be bent.
  bool BendsExecutions() const { return skip_action > 0 || fail_action_phase > 0; }
  // The forced part of the next execution; used up when it is taken.
  ExecutionFaults TakeExecution();
  // The seconds for which this wallet's next message is kept back; absent: it is not.
  std::optional<int64_t> TakeLate(const ton::Address& wallet);
  // How a call to `method` is to fail; empty: not at all.
  std::string TakeFragment(absl::string_view method);
};

// True, and one less, while there is something left.
bool TakeOne(int* count);

}  // namespace starlift::sandbox
