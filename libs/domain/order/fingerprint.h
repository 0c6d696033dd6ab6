#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "domain/order/intake_request.h"
#include "domain/order/order.h"

namespace starlift {

// What makes two requests the same: 64 hex characters of BLAKE2b-256 over the length-prefixed
// fields. No secret is in it; a payment is in it by its wallet's address (empty: no payment).
std::string CreateFingerprint(const CreateInput& input, absl::string_view payer_address);
std::string PayFingerprint(const OrderId& order, WalletVersion version,
                           absl::string_view payer_address);

// The path of the first field in which a request differs from the order that its request id made,
// for INVALID_ARGUMENT REQUEST_ID_REUSED. To be asked only when the fingerprints differ.
// `created_paid` says that the order was created with its payment inside.
std::string DifferingField(const CreateInput& input, absl::string_view payer_address,
                           const Order& stored, bool created_paid);

}  // namespace starlift
