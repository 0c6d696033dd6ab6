#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/chain.h"
#include "domain/payment/transfer.h"
#include "domain/payment/wallet_reading.h"

namespace starlift {

// What one provider shows of a transfer at one moment. What was not learnt is absent, and absent is
// never evidence. Nothing in it comes from another provider.
struct Evidence {
  std::string provider;
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
    int32_t other_messages = 0;             // that may have used a seqno, and are not this transfer
    std::vector<ChainTransaction> bounces;  // messages that came back to the wallet
  };
  std::optional<History> history;
};

struct Judgement {
  Verdict verdict = Verdict::kUnknown;
  bool provisional = false;                     // DEAD by expiry: see Transfer::provisional
  bool seqno_used = false;                      // the chain's seqno has passed ours
  bool displaced = false;                       // DEAD: another message used our seqno
  std::vector<Verdict> payments;                // one per payment, by slot
  std::optional<ChainTransaction> transaction;  // the one that used the seqno, when it is ours
  Units network_fees;    // of all transactions with our hash, failed ones included
  std::string fee_hash;  // of the last of these; empty: none
  std::string why;       // one sentence, for people
};

// Money rules 3, 4 and 5 as a pure function of evidence. No timer, no error count and no clock of
// ours takes part: `expiry_margin` is added to valid_until and compared with the state's own time.
//
//   our hash, our out message                                        PAID
//   our hash, no such out message, seqno used, history complete,
//     and the rows say why (skipped …)                               DEAD, that slot
//   our hash, no out message, seqno unused (a failed action phase)   LIVE until expiry
//   our out message, and a bounce that may be of it                  UNKNOWN, that slot
//   not found, seqno used, history complete, another message in it   DEAD, displaced
//   not found, seqno <= ours, state before the margin                LIVE
//   not found, seqno <= ours, state after the margin                 DEAD, provisional
//   nothing learnt                                                   LIVE
//   anything else                                                    UNKNOWN
Judgement Judge(const Transfer& transfer, const Evidence& evidence, absl::Duration expiry_margin);

// The same over all providers. One final transaction is enough for PAID. For DEAD every provider
// whose state is within `head_bound` of the freshest one's must say so by itself; one that lags has
// no say, and nobody's silence is a yes.
Judgement Judge(const Transfer& transfer, absl::Span<const Evidence> evidence,
                const PaymentRules& rules);

// What was seen, in one line for each provider: kept with a transfer that a person has to look at.
std::string Describe(absl::Span<const Evidence> evidence);

// Whether the transactions (oldest first) join the one at `after_lt` to the account's last one
// without a gap, by lt and by hash: a history with a gap proves nothing. An empty `last_hash` is
// not compared.
bool UnbrokenHistory(const std::vector<ChainTransaction>& history, int64_t after_lt,
                     int64_t last_lt, absl::string_view last_hash);

// Whether the transaction can have used one of the wallet's seqnos: an external message, or one
// that somebody else relayed for the owner (V5R1's signed internal form).
bool MayUseSeqno(const ChainTransaction& transaction);

}  // namespace starlift
