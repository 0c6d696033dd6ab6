#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "ton/address.h"
#include "ton/message.h"
#include "ton/mnemonic.h"
#include "ton/signed_transfer.h"

namespace starlift::ton {

// Wallet V4R2, code hash feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0. One
// signature carries 0 to 4 messages. Its wallet id does not hold the network: the same signed
// message is valid on mainnet and testnet, so whoever signs must pin the network by other means.
inline constexpr int kWalletV4MaxMessages = 4;
inline constexpr uint32_t kWalletV4Id = 698983191;  // plus the workchain

uint32_t WalletV4IdFor(int8_t workchain = 0);
CellRef WalletV4Code();
CellRef WalletV4Data(uint32_t seqno, uint32_t wallet_id, const std::array<uint8_t, 32>& public_key);
CellRef WalletV4StateInit(uint32_t wallet_id, const std::array<uint8_t, 32>& public_key);
Address WalletV4Address(const std::array<uint8_t, 32>& public_key, int8_t workchain = 0);

// The data cell of a live wallet, read back.
struct WalletV4State {
  uint32_t seqno = 0;
  uint32_t wallet_id = 0;
  std::array<uint8_t, 32> public_key{};
  bool has_plugins = false;  // somebody else can spend from it
};
absl::StatusOr<WalletV4State> ParseWalletV4Data(const CellRef& data);

struct WalletV4Request {
  uint32_t wallet_id = kWalletV4Id;
  uint32_t valid_until = 0;  // Unix seconds
  uint32_t seqno = 0;
  std::vector<OutMessage> messages;  // 0..4, executed first to last
  // Signs the modes as they are, without +2: how other programs use such a wallet. For what plays
  // them in tests and in the sandbox; money of ours never leaves so.
  bool keep_modes = false;
};

// Signs. `include_state_init`: the wallet is not deployed yet (seqno 0). INVALID_ARGUMENT for more
// than 4 messages, or for a message too large or too deep for the network (65,535 bytes, depth
// 511). Every mode gets +2: without it a message that cannot be paid leaves the seqno unused, and
// the same bytes run again and again.
absl::StatusOr<SignedTransfer> SignWalletV4(const SigningKey& key, const WalletV4Request& request,
                                            bool include_state_init, int8_t workchain = 0);

// The body of an external message, taken apart again. INVALID_ARGUMENT for other operations than
// sending (plugins).
struct ParsedWalletV4Body {
  uint32_t wallet_id = 0;
  uint32_t valid_until = 0;
  uint32_t seqno = 0;
  std::vector<OutAction> actions;  // first to last
  Hash256 signed_hash{};
  std::array<uint8_t, 64> signature{};
};
absl::StatusOr<ParsedWalletV4Body> ParseWalletV4Body(const CellRef& body);

}  // namespace starlift::ton
