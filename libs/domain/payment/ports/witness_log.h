#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/id.h"
#include "domain/order/order.h"

namespace starlift {

// What a transfer leaves behind outside the database, before its first byte is sent. Nothing in it
// is secret, and it is enough to judge the transfer by: the database may have lost everything else.
struct WitnessLine {
  int64_t number = 0;  // Transfer::number
  std::string wallet;  // raw form
  WalletVersion version = WalletVersion::kV5R1;
  std::string public_key_hex;  // of the wallet
  int64_t seqno = 0;
  int64_t start_lt = 0;  // Transfer::start_lt
  absl::Time valid_until;
  std::string normalized_hash;              // hex, unique
  std::vector<OrderId> orders;              // by slot; of purchases
  std::vector<std::string> payload_hashes;  // of the same purchases; hex
  std::vector<std::string> payees;          // of the same purchases; raw form

  Payer payer() const { return {wallet, version, public_key_hex}; }
};

// What the log knows that may matter for a signing.
struct WitnessAnswer {
  int64_t newest_number = 0;                             // over all wallets; 0: the log is empty
  absl::Time newest_valid_until = absl::InfinitePast();  // the latest of all lines
  // Of the wallet, with a greater number than was asked for; and of the orders. Each once.
  std::vector<WitnessLine> lines;
};

// The log of money rule 11. It lies in another failure domain than the database: what a restore, a
// failover or an old snapshot takes from the database is still here. Errors are UNAVAILABLE
// STORAGE_UNAVAILABLE (an open commit counts as one: writing again is safe). Safe from several
// threads.
class WitnessLog {
 public:
  virtual ~WitnessLog() = default;
  // Durable when it returns OK. The same line again is a success.
  virtual absl::Status Write(const WitnessLine& line) = 0;
  virtual absl::StatusOr<WitnessAnswer> Ask(absl::string_view wallet, int64_t after_number,
                                            absl::Span<const OrderId> orders) = 0;
  // The lines with a greater number, of all wallets, by number: at most `limit`, and those that
  // have the same number as the last of these. (A restored database gives numbers out again.)
  virtual absl::StatusOr<std::vector<WitnessLine>> LinesAfter(int64_t number, int limit) = 0;
};

}  // namespace starlift
