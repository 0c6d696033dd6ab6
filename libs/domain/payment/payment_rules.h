#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/money.h"
#include "domain/order/order.h"
#include "domain/payment/transfer.h"
#include "ton/wallet_v5r1.h"

namespace starlift {

// What the worker's own configuration says of payments. Never taken from a row or a request: a
// stolen API key or a written row cannot raise any of it.
struct PaymentRules {
  int32_t network_global_id = ton::kMainnet;
  std::vector<std::string> allowed_payees;  // raw form
  Units max_order_total;                    // ceiling of one order, reserve included; 0: none
  Units fee_floor{50'000'000};              // kept in the wallet, so that gas never runs out
  Units fee_per_message{2'000'000};
  absl::Duration valid_for = absl::Seconds(90);
  absl::Duration expiry_margin = absl::Seconds(15);
  absl::Duration invoice_min_life = absl::Seconds(60);
  absl::Duration resend_every = absl::Seconds(3);
  absl::Duration poll_every = absl::Milliseconds(400);
  absl::Duration unknown_limit = absl::Minutes(10);
  absl::Duration review_poll_every = absl::Seconds(30);
  absl::Duration read_retry = absl::Seconds(1);  // after a provider could not be read
  absl::Duration lease = absl::Seconds(15);
  // A provider whose state is so much older than the freshest one's has no say in a death.
  absl::Duration head_bound = absl::Seconds(15);
  int32_t most_payments = 255;    // of one transfer; a V4R2 wallet's own limit is 4
  int32_t max_displacements = 3;  // within ten minutes; then the lane rests
  absl::Duration displaced_rest = absl::Minutes(5);
  int32_t max_payment_attempts = 3;
  int32_t max_invoice_attempts = 3;
};

// Money rule 6's bounds, asked again of the stored rows right before signing: payee on the list,
// amount within quote, tolerance, max_total and ceiling, payload intact, sender is the payer or
// (`foreign_payer_allowed`, TON only) the wallet of a session that allows a foreign payer.
absl::Status CheckPayable(const Order& order, const Invoice& invoice, bool foreign_payer_allowed,
                          const PaymentRules& rules);

// cost * (1 + tolerance), rounded down.
Units HighestCost(const Quote& quote);

// What a wallet must hold for a transfer of `messages` payments that sum to `amounts`.
Units RequiredBalance(Units amounts, int messages, const PaymentRules& rules);

}  // namespace starlift
