#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ton/address.h"
#include "ton/message.h"
#include "ton/mnemonic.h"
#include "ton/signed_transfer.h"

namespace starlift::ton {

// Wallet V5R1 ("W5"), code hash 20834b7b72b112147e1b2fb457b84e74d1a30f04f737d4f62a668e9552d2b72f,
// source ton-blockchain/wallet-contract-v5. One signature carries 1 to 255 messages.
inline constexpr int kWalletV5MaxMessages = 255;
// The first 32 bits of a signed body.
inline constexpr uint32_t kWalletV5SignedExternal = 0x7369676e;
inline constexpr uint32_t kWalletV5SignedInternal = 0x73696e74;
// The tag of a send action in the list of actions.
inline constexpr uint32_t kSendAction = 0x0ec3c86d;
inline constexpr int32_t kMainnet = -239;
inline constexpr int32_t kTestnet = -3;

// network_global_id XOR context; the default client context has workchain 0, version 0, subwallet
// 0. Mainnet 0x7FFFFF11, testnet 0x7FFFFFFD: the same key has another address on each network. A
// subwallet number has 15 bits and a custom context 31; more is a failed check.
uint32_t WalletV5Id(int32_t network_global_id, int8_t workchain = 0, uint16_t subwallet_number = 0);
uint32_t WalletV5CustomId(int32_t network_global_id, uint32_t custom_context31);

CellRef WalletV5Code();
CellRef WalletV5Data(uint32_t seqno, uint32_t wallet_id, const std::array<uint8_t, 32>& public_key);
CellRef WalletV5StateInit(uint32_t wallet_id, const std::array<uint8_t, 32>& public_key);
Address WalletV5Address(uint32_t wallet_id, const std::array<uint8_t, 32>& public_key,
                        int8_t workchain = 0);

// The data cell of a live wallet, read back.
struct WalletV5State {
  bool signature_allowed = false;
  uint32_t seqno = 0;
  uint32_t wallet_id = 0;
  std::array<uint8_t, 32> public_key{};
  bool has_extensions = false;
};
absl::StatusOr<WalletV5State> ParseWalletV5Data(const CellRef& data);

struct WalletV5Request {
  uint32_t wallet_id = 0;
  uint32_t valid_until = 0;  // Unix seconds
  uint32_t seqno = 0;
  std::vector<OutMessage> messages;  // 0..255, executed first to last
  bool internal = false;  // the 73696e74 form, for an internal message (never sent by us)
};

// Signs. `include_state_init`: the wallet is not deployed yet (seqno 0). INVALID_ARGUMENT for more
// than 255 messages, or for a message too large or too deep for the network (65,535 bytes, depth
// 511). Every mode gets +2: a mode without it would use up the seqno and send nothing (exit 137).
absl::StatusOr<SignedTransfer> SignWalletV5(const SigningKey& key, const WalletV5Request& request,
                                            bool include_state_init, int8_t workchain = 0);

// The signed part of an external (or internal) body, taken apart again.
struct ParsedWalletV5Body {
  uint32_t opcode = 0;
  uint32_t wallet_id = 0;
  uint32_t valid_until = 0;
  uint32_t seqno = 0;
  CellRef out_list;  // null: none
  bool has_other_actions = false;
  Hash256 signed_hash{};
  std::array<uint8_t, 64> signature{};
};
absl::StatusOr<ParsedWalletV5Body> ParseWalletV5Body(const CellRef& body);

// First to last. INVALID_ARGUMENT for a list that the node would refuse: more than `limit` actions,
// or an action that is not a send.
absl::StatusOr<std::vector<OutAction>> ParseOutList(const CellRef& out_list, int limit = 255);

}  // namespace starlift::ton
