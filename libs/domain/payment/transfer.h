#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "base/money.h"
#include "domain/order/order.h"

namespace starlift {

// What chain evidence says of a transfer, and of each payment in it. LIVE: it may still be
// executed. UNKNOWN: evidence contradicts or is missing; nothing may be concluded. DEAD has two
// strengths: see Transfer::provisional.
enum class Verdict { kLive, kPaid, kDead, kUnknown };
absl::string_view VerdictName(Verdict verdict);  // "LIVE", "PAID", "DEAD", "UNKNOWN"
Verdict ParseVerdict(absl::string_view name);

// What fragment.com asks us to pay, after every check: the only thing a purchase payment is made
// from.
struct Invoice {
  OrderId order;
  std::string fragment_request_id;  // unique, bound to one order for ever
  std::string payee;                // raw form
  Units amount;                     // nanoton
  std::string payload_boc;          // bytes of the comment cell, passed through
  std::string payload_hash;  // hex of the cell's hash; (payee, payload_hash) is unique for ever
  absl::Time valid_until;
  std::string sender;  // raw form of the wallet that Fragment expects it from
  // `sender` is the session's wallet, not the payer: that session allows a foreign payer.
  bool foreign_payer = false;
  std::string confirm_method;  // Fragment's own name of the confirming call
  std::vector<std::pair<std::string, std::string>> confirm_params;
  bool state_was_not_done = false;  // the session's state after the reset, before signing (rule 10)
  // How many rows of this recipient and product the session's history held before signing; nullopt:
  // it was not looked at.
  std::optional<int32_t> history_baseline;
};

// One slot of a transfer. Kinds to come: the transfer's commission, a refund, a treasury move.
enum class PaymentKind { kPurchase, kCommission };
absl::string_view PaymentKindName(PaymentKind kind);
PaymentKind ParsePaymentKind(absl::string_view name);

struct Payment {
  int32_t slot = 0;  // position in the message, from 0
  PaymentKind kind = PaymentKind::kPurchase;
  OrderId order;
  std::string payee;  // raw form
  Units amount;
  std::string body_hash;  // hex
  Verdict verdict = Verdict::kLive;
};

// One signed external message of one wallet. The row is committed, bytes and all, before the first
// byte leaves; only those bytes, read back, are ever sent.
struct Transfer {
  TransferId id;
  // Counts all transfers of this installation; given by the store when it commits, 0 before.
  int64_t number = 0;
  std::string wallet;  // raw form
  int64_t seqno = 0;   // uint32 on chain
  absl::Time valid_until;
  std::string boc;              // the external message
  std::string message_hash;     // hex
  std::string normalized_hash;  // hex, unique for ever
  int64_t start_lt = 0;         // the wallet's last transaction when it was signed
  Verdict verdict = Verdict::kLive;
  // DEAD by expiry only: the chain admits it no longer under its valid_until, but until a known
  // other message has used the seqno, its payments may be signed again by this wallet under this
  // seqno alone.
  bool provisional = false;
  // Up to 255 (V4R2: 4). None: a transfer that only uses its seqno up, so that payments which died
  // provisionally under it are dead for good.
  std::vector<Payment> payments;
  absl::Time created_at;
  absl::Time sent_at = absl::InfiniteFuture();  // the last hand-over; InfiniteFuture: never
  absl::Time unknown_since = absl::InfiniteFuture();
  int32_t sends = 0;
};

}  // namespace starlift
