#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/chain.h"
#include "domain/payment/transfer.h"
#include "domain/payment/wallet_reading.h"

namespace starlift {

// What a transfer is made from: the wallet as one account answer shows it, and the invoices to pay.
struct TransferPlan {
  Payer payer;
  WalletReading wallet;
  int64_t start_lt = 0;  // the wallet's last transaction now
  absl::Time valid_until;
  std::vector<Invoice> invoices;  // 1 to 255, in the order in which the node executes them
};

// Makes the signed bytes. Pure: the key is used here and nowhere else, and no network wait lies
// between opening and wiping it. Fails when the key is not the wallet's, or two payments could be
// taken for each other on the chain.
absl::StatusOr<Transfer> SignTransfer(const TransferPlan& plan, const Secret& wallet_key,
                                      const PaymentRules& rules, absl::Time now, Random& random);

// min(chain time, our clock) + valid_for, never past the invoices': our clock may only shorten it.
absl::Time ValidUntil(absl::Time chain_time, absl::Time own_time, absl::Time nearest_invoice,
                      const PaymentRules& rules);

}  // namespace starlift
