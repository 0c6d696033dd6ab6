#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace starlift::simulation {

// Everything that a seed decides before the first tick: how much there is of everything, and how
// often each thing goes wrong. Most seeds are small and have a few kinds of faults; a bug needs two
// or three of them together, and few orders make a short story.
struct Plan {
  static Plan Draw(uint64_t seed);
  std::string Describe() const;
  // Takes one kind of fault out, by its name here. False: there is no such kind.
  bool Without(absl::string_view fault_name);

  uint64_t seed = 0;
  // Faults stop after `ticks`, and everything must come to its end. Otherwise they go on, and only
  // what must never happen is looked at.
  bool liveness = true;
  int ticks = 0;

  int workers = 1;    // 1 to 8
  int orders = 1;     // 1 to 200
  int wallets = 1;    // of callers
  int providers = 1;  // 1 to 3
  int house_wallets = 0;
  int house_sessions = 0;
  int house_places = 1;  // orders at once on a house session
  bool foreign_payer = false;
  int balance_orders = 0;  // percent of orders that the house pays
  int v4_wallets = 0;      // percent
  int fresh_wallets = 0;   // percent that are not deployed yet
  int poor_wallets = 0;    // percent that cannot pay for everything
  int shared_cookies = 0;  // percent of orders on the cookies of another
  int late_payers = 0;     // percent of orders that are paid for by a request of their own
  int most_payments = 255;
  absl::Duration execute_window;

  int call_faults = 0;     // per mille of calls that fail, or whose answer is lost
  int deaths = 0;          // per mille of calls in which the worker dies
  int overtakes = 0;       // per mille of calls in which others get ahead
  int lags = 0;            // percent of steps that see old or gapped answers
  int outages = 0;         // percent of steps that cannot ask a provider
  int lies = 0;            // percent of steps that are lied to
  int lost_wakes = 0;      // percent
  int doubled_wakes = 0;   // percent
  int late_wakes = 0;      // percent
  int lost_messages = 0;   // percent of hand-overs that reach nobody
  int late_messages = 0;   // percent of ticks in which a lost message turns up, also after its time
  int stalls = 0;          // percent of blocks that come late
  int skips = 0;           // percent of runs in which single messages are skipped
  int failed_actions = 0;  // percent of runs whose action phase fails
  int bounces = 0;         // percent of payments that come back
  int foreign_uses = 0;    // per mille of ticks in which the owner uses the wallet
  int outside_payments = 0;        // per mille of ticks in which the owner pays an invoice of ours
  int incoming = 0;                // per mille of ticks in which coins come in
  int restores = 0;                // restores of the database from an old snapshot
  int skewed_clocks = 0;           // percent of workers whose clock is wrong
  int clock_jumps = 0;             // per mille of ticks
  int bad_market = 0;              // percent of the marketplace's answers
  int short_invoices = 0;          // percent that live for five seconds, or a bit over a minute
  int odd_prices = 0;              // percent of invoices at another price
  int lost_deliveries = 0;         // percent of payments after which nothing is delivered
  std::set<std::string> unheeded;  // findings that are not looked at, by part of their text
  int client_faults = 0;           // percent of requests that are repeated or whose answer is lost
};

}  // namespace starlift::simulation
