#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/id.h"
#include "domain/access/sealed.h"
#include "domain/order/order.h"

namespace starlift {

// A Fragment account of this installation, as its configuration names it.
struct HouseSession {
  SessionId id;        // keyed hash of its login token, as for the callers' own sessions
  std::string name;    // what the operator calls it
  std::string wallet;  // connected to it, raw form; one of ours or, with foreign_payer, any
  bool foreign_payer = false;
  int32_t max_open_orders = 1;  // 1 to 1,000
  absl::Duration pace;          // between two conversations
  // Sealed with context: no tenant, "session", id, "session_jar".
  SealedSecret jar;
  // Of the configured cookies, keyed: tells new ones from those that are stored already.
  std::string cookies_digest;
};

// The house's wallets and accounts, as the workers that buy share them. A worker tells what is
// configured when it starts; the last word counts, so all of them are configured alike.
class HouseRegistry {
 public:
  virtual ~HouseRegistry() = default;
  // All or nothing. Wallets get their lanes, accounts their sessions:
  //   cookies whose digest is new replace the stored ones and end a logged-out session's rest; with
  //   the digest that is stored already, the live cookies stay (the site changes them all the
  //   time); what is not named gets no new orders, and what it has goes on to its end.
  // INVALID_ARGUMENT COMBINATION_NOT_ALLOWED, naming what is wrong: a wallet that paid for a
  // caller (nobody can vouch for what else was sent from it), a wallet with another key, an account
  // on which a caller has open orders.
  virtual absl::Status Register(absl::Span<const Payer> wallets,
                                absl::Span<const HouseSession> sessions) = 0;
};

}  // namespace starlift
