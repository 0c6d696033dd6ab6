#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "domain/order/intake_request.h"
#include "domain/order/order.h"

namespace starlift {

// What makes two requests the same: 64 hex characters of BLAKE2b-256 over the length-prefixed
// fields. No secret is in it; a payment is in it by the wallet that was asked for ("auto" stays
// "auto") and the wallet's address (empty: no payment, or one from the tenant's credit).
std::string CreateFingerprint(const CreateInput& input, absl::string_view payer_address);
std::string PayFingerprint(const OrderId& order, WalletChoice choice,
                           absl::string_view payer_address);

// The wallet that paid with the order's own request: what a fingerprint holds of a stored order. An
// order of `balance` gets a wallet later, from a worker.
std::string PayerInFingerprint(const Order& order);

// What a store knows of the request that made an order.
struct MadeBy {
  absl::string_view fingerprint;
  bool paid = false;  // the request brought the payment
};
// The path of the first field in which a request differs from the order that its request id made,
// for INVALID_ARGUMENT REQUEST_ID_REUSED. To be asked only when the fingerprints differ.
std::string DifferingField(const CreateInput& input, absl::string_view payer_address,
                           const Order& stored, const MadeBy& made_by);

}  // namespace starlift
