#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/order/order.h"
#include "domain/payment/ports/chain.h"
#include "ton/message.h"
#include "ton/mnemonic.h"
#include "ton/signed_transfer.h"

namespace starlift {

// What differs between the wallet contracts that we can pay from; everything else in this room is
// the same for both.

// Payments that one signature carries: 255 (V5R1) or 4 (V4R2).
int MaxPayments(WalletVersion version);

// The wallet that `public_key` owns on this network. The network is part of a V5R1 wallet's id and
// address; a V4R2's are the same on every network, so there only the provider's pinned network
// keeps a signature where it belongs.
Payer PayerFor(WalletVersion version, const std::array<uint8_t, 32>& public_key,
               int32_t network_global_id);

// The StateInit that the payer's wallet is deployed with. The payer's key must be well-formed.
ton::CellRef StateInitOf(const Payer& payer, int32_t network_global_id);

struct SigningRequest {
  WalletVersion version = WalletVersion::kV5R1;
  int32_t network_global_id = 0;
  bool deployed = true;  // false: the StateInit goes along
  int64_t seqno = 0;
  absl::Time valid_until;                 // whole seconds
  std::vector<ton::OutMessage> messages;  // executed first to last
};
// INVALID_ARGUMENT when there are too many messages for the version, or the result is too large for
// the network.
absl::StatusOr<ton::SignedTransfer> SignFor(const ton::SigningKey& key,
                                            const SigningRequest& request);

// What a live wallet's own cells say, whatever its version.
struct WalletState {
  WalletVersion version = WalletVersion::kV5R1;
  int64_t seqno = 0;
  uint32_t wallet_id = 0;
  std::string public_key_hex;
};
// FAILED_PRECONDITION WALLET_UNSUPPORTED for other code, unreadable data, a wallet that does not
// accept signatures, or one with extensions or plugins: somebody else could spend from it.
absl::StatusOr<WalletState> ReadWalletCells(const AccountState& account);
// The wallet id that an honest wallet of this version has on this network.
uint32_t WalletIdFor(WalletVersion version, int32_t network_global_id);

}  // namespace starlift
