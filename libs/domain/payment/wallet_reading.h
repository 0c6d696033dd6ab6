#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "domain/order/order.h"
#include "domain/payment/ports/chain.h"

namespace starlift {

// What one account answer says of a wallet that we know the key of.
struct WalletReading {
  bool deployed = false;
  int64_t seqno = 0;  // 0 while not deployed
};

// Reads the wallet's own data cell. FAILED_PRECONDITION WALLET_UNSUPPORTED when the account is
// frozen, has another code, key or wallet id, may not sign, or has extensions: somebody else could
// spend from it, or its seqno does not mean what we think.
absl::StatusOr<WalletReading> ReadWallet(const AccountState& account, const Payer& payer,
                                         int32_t network_global_id);

// The code, signature and extension rules alone, for a wallet whose key is not known yet.
absl::Status CheckWalletUsable(const AccountState& account);

}  // namespace starlift
