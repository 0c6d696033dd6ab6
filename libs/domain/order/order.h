#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/id.h"
#include "base/money.h"
#include "domain/order/product.h"

namespace starlift {

// What is true in each state: proto/starlift/v1/order.proto. Which may follow which:
// order_machine.h.
enum class OrderState {
  kAwaitingPayment,
  kQueued,
  kInvoiced,
  kPaying,
  kPaid,
  kDelivered,
  kFailed,
  kExpired,
  kCancelled,
  kNeedsReview,
  kReversed,
};

// Who pays fragment.com, and whose Fragment account buys. Fixed when the order is created.
enum class Funding { kWallet, kExternal, kBalance, kInvoice };
enum class SessionKind { kOwn, kHouse };
enum class WalletVersion { kV5R1, kV4R2 };
enum class DeliveryEvidence { kNone, kSessionState, kHistory, kOperator };

// "AWAITING_PAYMENT", "wallet", "own", "v5r1", "session_state": as the database spells them. The
// Parse functions end the process on an unknown word: the table's CHECK admits no other.
absl::string_view OrderStateName(OrderState state);
absl::string_view FundingName(Funding funding);
absl::string_view SessionKindName(SessionKind kind);
absl::string_view WalletVersionName(WalletVersion version);
absl::string_view DeliveryEvidenceName(DeliveryEvidence evidence);
OrderState ParseOrderState(absl::string_view name);
Funding ParseFunding(absl::string_view name);
SessionKind ParseSessionKind(absl::string_view name);
WalletVersion ParseWalletVersion(absl::string_view name);
DeliveryEvidence ParseDeliveryEvidence(absl::string_view name);

// What an order costs, itemised; all in `asset`'s smallest unit, all >= 0.
struct Quote {
  Asset asset = Asset::kTon;
  Units cost;        // what Fragment asks
  Units commission;  // ceil(cost * commission_bps / 10,000)
  int32_t commission_bps = 0;
  Units network_reserve;      // kept for fees
  Units total;                // the three above
  Units max_total;            // what may leave the wallet at most; never 0
  int32_t tolerance_bps = 0;  // how far the invoice may be above `cost`
  absl::Time quoted_at;
  absl::Time valid_until;
};

// The payer, known once the payment was brought. Nothing here is secret.
struct Payer {
  std::string wallet_address;  // raw form; empty: not known yet
  WalletVersion version = WalletVersion::kV5R1;
  std::string public_key_hex;
};

// What the chain shows of the payment.
struct PaymentFacts {
  std::string normalized_hash;   // hex; set from PAYING on
  std::string transaction_hash;  // hex; set from PAID on
  int64_t transaction_lt = 0;
  Units amount;  // what Fragment was paid
};

struct Order {
  OrderId id;
  TenantId tenant;
  std::string request_id;
  Product product;
  std::string recipient;  // bare username, lower case
  Funding funding = Funding::kWallet;
  SessionKind session_kind = SessionKind::kOwn;
  Quote quote;
  Payer payer;
  SessionId session;  // empty until the payment was brought
  OrderState state = OrderState::kAwaitingPayment;
  Reason reason = Reason::kNone;
  std::string reason_message;
  ErrorMetadata reason_metadata;
  PaymentFacts payment;
  DeliveryEvidence evidence = DeliveryEvidence::kNone;
  int64_t sequence = 0;  // of the last event
  std::string callback_url;
  std::string traceparent;       // W3C, from the caller; may be empty
  int32_t invoice_attempts = 0;  // invoices that expired or were repriced
  int32_t payment_attempts = 0;  // payments proved dead on the chain
  absl::Time created_at;
  absl::Time updated_at;
  absl::Time expires_at;
  absl::Time execute_by = absl::InfiniteFuture();
  absl::Time queued_at = absl::InfiniteFuture();  // InfiniteFuture: not yet
  absl::Time paid_at = absl::InfiniteFuture();
  absl::Time ended_at = absl::InfiniteFuture();
};

// The id of the order that `tenant` names by `request_id`: the same for ever.
OrderId OrderIdFor(const TenantId& tenant, absl::string_view request_id);

}  // namespace starlift
