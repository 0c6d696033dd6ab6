#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/payment/ports/witness_log.h"
#include "domain/payment/transfer.h"

namespace starlift {

// The time between two rollbacks of the database. Event sequences of era n begin above n * 10^6, so
// that no number that was told before the rollback is ever told again with another content.
struct Era {
  int64_t number = 0;           // 0: the database was never rolled back
  int64_t newest_transfer = 0;  // the highest Transfer::number that was ever given out
  // No lane signs before its wallet's own state is later than this; InfinitePast: no limit.
  absl::Time safe_after = absl::InfinitePast();
};

// What became of a transfer that the witness log knows and the database lost.
struct LostTransfer {
  WitnessLine line;
  // LIVE or UNKNOWN: no final verdict. (A death by expiry alone is LIVE: until a known message has
  // used the seqno, only the same wallet may sign for these orders, under the same seqno.) PAID:
  // executed; `paid_orders` are those whose payment left.
  Verdict verdict = Verdict::kUnknown;
  std::string transaction_hash;  // hex; PAID only
  std::vector<OrderId> paid_orders;
  // Since RecordLost wrote it last, by the database's clock; infinite: nobody has judged it yet. As
  // OpenLost tells it; otherwise not set.
  absl::Duration unjudged_for = absl::InfiniteDuration();
};

// What the database remembers of its own rollbacks.
class EraStore {
 public:
  virtual ~EraStore() = default;
  virtual absl::StatusOr<Era> Current() = 0;
  // The witness log is ahead: begins the next era. Numbers of transfers go on above
  // `newest_number`, event sequences of all orders that have not ended above era * 10^6; nothing is
  // signed before `safe_after`. Does nothing when Current().newest_transfer >= newest_number:
  // another worker was first.
  virtual absl::Status Begin(int64_t newest_number, absl::Time safe_after) = 0;
  // Those of the hashes that were recorded as lost, by normalized hash.
  virtual absl::StatusOr<std::map<std::string, LostTransfer>> FindLost(
      absl::Span<const std::string> normalized_hashes) = 0;
  // Of these lines, records as lost, without a verdict, those whose transfer has no row here. What
  // is recorded stays as it is: to call this again is harmless.
  virtual absl::Status RecordMissing(absl::Span<const WitnessLine> lines) = 0;
  // Those without a final verdict, the one that was looked at longest ago first, at most `limit`;
  // of one wallet, or (empty) of all.
  virtual absl::StatusOr<std::vector<LostTransfer>> OpenLost(int limit,
                                                             absl::string_view wallet) = 0;
  // Inserts, or gives a line that had no final verdict its verdict. PAID and DEAD stay. A final one
  // makes the lane of its wallet due, and those of its orders: what waited for it may go on or end.
  virtual absl::Status RecordLost(const LostTransfer& lost) = 0;
};

}  // namespace starlift
