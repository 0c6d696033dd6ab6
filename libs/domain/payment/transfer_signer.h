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
  // In the order in which the node executes them; at most MaxPayments(payer.version). None: the
  // transfer only uses the seqno up.
  std::vector<Invoice> invoices;
};

// Whether this is the key that owns the wallet. FAILED_PRECONDITION WALLET_UNSUPPORTED otherwise.
absl::Status CheckKey(const Secret& wallet_key, const Payer& payer, int32_t network_global_id);

// Makes the signed bytes. Pure: the key is used here and nowhere else, and no network wait lies
// between opening and wiping it. Fails when the key is not the wallet's (WALLET_UNSUPPORTED), when
// two payments could be taken for each other on the chain (INVOICE_REUSED), or with
// INVALID_ARGUMENT when the message is too large for the network: fewer invoices may fit.
absl::StatusOr<Transfer> SignTransfer(const TransferPlan& plan, const Secret& wallet_key,
                                      const PaymentRules& rules, absl::Time now, Random& random);

// min(chain time, our clock) + valid_for, never past the invoices': our clock may only shorten it.
absl::Time ValidUntil(absl::Time chain_time, absl::Time own_time, absl::Time nearest_invoice,
                      const PaymentRules& rules);

}  // namespace starlift
