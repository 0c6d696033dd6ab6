#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/payment/ports/chain.h"
#include "domain/payment/transfer.h"
#include "domain/payment/wallet_reading.h"

namespace starlift {

// What is known about a transfer at one moment. What was not learnt is absent, and absent is never
// evidence.
struct Evidence {
  // All final transactions of the wallet with our normalized hash.
  std::vector<ChainTransaction> matches;
  // ONE account answer, read after `matches`: the seqno and the state's own time belong together.
  struct Account {
    WalletReading wallet;
    absl::Time state_time;
    int64_t last_lt = 0;
  };
  std::optional<Account> account;
  // The account answered, but is no longer the wallet that signed (frozen, other code or key,
  // extensions): its seqno means nothing then.
  bool foreign_account = false;
  // The wallet's whole history from the transfer's start_lt to account->last_lt, unbroken by its
  // chain of previous transactions; `matches` then holds every one in it that has our hash. Absent:
  // not asked, or it has a gap.
  struct History {
    bool external_in = false;  // some external message was executed since the transfer was signed
  };
  std::optional<History> history;
};

struct Judgement {
  Verdict verdict = Verdict::kUnknown;
  bool provisional = false;                     // DEAD by expiry: see Transfer::provisional
  bool seqno_used = false;                      // the chain's seqno has passed ours
  std::vector<Verdict> payments;                // one per payment, by slot
  std::optional<ChainTransaction> transaction;  // the one that used the seqno, when it is ours
  std::string why;                              // one sentence, for people
};

// Money rules 3, 4 and 5 as a pure function of evidence. No timer, no error count and no clock of
// ours takes part: `expiry_margin` is added to valid_until and compared with the state's own time.
//
//   our hash, our out message                              PAID
//   our hash, no such out message, seqno used up,
//     history complete, and the rows say why (skipped …)   DEAD
//   our hash, no such out message, seqno not used up       LIVE until expiry (a failed action
//   phase) not found, seqno <= ours, state before the margin      LIVE not found, seqno <= ours,
//   state after the margin       DEAD, provisional not found, seqno > ours UNKNOWN (another
//   message, or a late index) anything else                                          LIVE when
//   nothing was learnt, else UNKNOWN
Judgement Judge(const Transfer& transfer, const Evidence& evidence, absl::Duration expiry_margin);

// Whether the transactions (oldest first) join the one at `after_lt` to the one at `last_lt`
// without a gap: a history with a gap proves nothing.
bool UnbrokenHistory(const std::vector<ChainTransaction>& history, int64_t after_lt,
                     int64_t last_lt);

}  // namespace starlift
