#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "domain/fulfillment/ports/marketplace.h"

namespace starlift::fragment {

// What the answers of the API's methods say. Each takes the JSON object of an answer without an
// error text; anything missing or of another kind is unreadable, never guessed.

// search…Recipient
struct Found {
  std::string recipient;  // opaque
  std::string name;       // display name, for people: it proves nothing
};
absl::StatusOr<Found> ParseFound(const nlohmann::json& body);

// update…State
absl::StatusOr<MarketState> ParseState(const nlohmann::json& body);

// init…Request. SESSION_DEAD when no wallet is connected (need_ton), or when there is no request id
// although there is no error: that is how dead sessions were seen to answer.
absl::StatusOr<std::string> ParseRequestId(const nlohmann::json& body);

// get…Link. FAILED_PRECONDITION KYC_REQUIRED for need_verify; an invoice for another chain ("evm")
// is unreadable. Amounts and addresses are as they came, unchecked against any order.
absl::StatusOr<MarketInvoice> ParseInvoice(const nlohmann::json& body);

}  // namespace starlift::fragment
