#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/money.h"
#include "ton/cell.h"

namespace starlift {

// One single answer about an account: every field is from the same state.
struct AccountState {
  enum class Status { kActive, kUninitialized, kFrozen } status = Status::kUninitialized;
  Units balance;
  ton::CellRef code;  // null unless active
  ton::CellRef data;
  int64_t last_lt = 0;    // of its last transaction; 0: none
  std::string last_hash;  // hex; empty: none
  absl::Time state_time;  // the time of the state that was read, never of the question
};

struct ChainOutMessage {
  std::string destination;  // raw form
  Units amount;
  std::string body_hash;  // hex
};

// One final transaction of an account.
struct ChainTransaction {
  std::string hash;  // hex
  int64_t lt = 0;
  std::string previous_hash;  // hex; of the account's transaction before it
  int64_t previous_lt = 0;    // 0: none
  absl::Time at;
  bool external_in = false;
  std::string in_normalized_hash;  // hex; external-in only
  bool compute_skipped = false;
  int32_t exit_code = 0;
  bool action_present = false;
  bool action_success = false;
  int32_t action_result_code = 0;
  int32_t skipped_actions = 0;
  int32_t messages_created = 0;
  bool bounced_in = false;  // the in-message is a bounce
  std::string in_source;    // raw form; of an internal in-message
  Units in_amount;
  std::optional<uint32_t> in_opcode;  // the first 32 bits of an internal in-message's body
  Units network_fees;                 // all that the network took: total fees and forward fees
  std::vector<ChainOutMessage> out;
  int32_t total_actions = 0;  // that the contract asked for
};

// What handing over a message came to. Never a verdict about the payment: only the chain tells.
enum class SendOutcome {
  kHandedOver,  // a provider took it, or had it already
  kRefusedNow,  // the contract or the node refused it at this moment: `exit_code` may say why
  kLater,       // rate limit, node not ready, too many messages
  kUnknown,     // no answer, or one that cannot be read: it may be under way
  kOurBug,      // malformed, too large: will never pass
};
struct SendResult {
  SendOutcome outcome = SendOutcome::kUnknown;
  std::optional<int32_t> exit_code;
  // A word for logs and metrics: "seqno", "duplicate", "rate_limit", "configuration" …
  std::string reason;
  std::string detail;  // for the log
};

// The TON chain through an HTTP provider. Failures to read are UNAVAILABLE CHAIN_UNAVAILABLE; they
// mean "cannot tell now", never "is not there". Safe from several threads.
class Chain {
 public:
  virtual ~Chain() = default;
  virtual SendResult Send(absl::string_view boc) = 0;
  virtual absl::StatusOr<AccountState> Account(absl::string_view raw_address) = 0;
  // All final transactions of the account whose external in-message has this normalized hash.
  virtual absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) = 0;
  // The account's final transactions with lt > after_lt, oldest first, at most `limit`.
  virtual absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(
      absl::string_view raw_address, int64_t after_lt, int limit) = 0;
  // The account's newest final transactions, oldest of them first, at most `limit`.
  virtual absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(
      absl::string_view raw_address, int limit) = 0;
};

}  // namespace starlift
