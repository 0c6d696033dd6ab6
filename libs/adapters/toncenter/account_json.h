#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/payment/ports/chain.h"

namespace starlift::toncenter {

// v2 getAddressInformation: balance, code, data and time of one single state. The only answer that
// a death by expiry may be concluded from.
absl::StatusOr<AccountState> ParseAddressInformation(int http_status, absl::string_view body);

// What walletInformation of version 2 or 3 says. A convenience of the provider: for display and
// cross-checks, never for a decision about money (state and time come from no single answer here).
struct WalletInformation {
  std::optional<AccountState::Status> status;  // absent: not a wallet (v3, HTTP status 409)
  Units balance;
  std::optional<uint32_t> seqno;  // absent: no wallet contract there
};
absl::StatusOr<WalletInformation> ParseV2WalletInformation(int http_status, absl::string_view body);
absl::StatusOr<WalletInformation> ParseV3WalletInformation(int http_status, absl::string_view body);

// v2 runGetMethod with one number on the stack; nullopt when the method did not run (exit code
// other than 0 and 1: no contract, no such method).
absl::StatusOr<std::optional<int64_t>> ParseGetMethodNumber(int http_status,
                                                            absl::string_view body);

}  // namespace starlift::toncenter
