#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "ton/address.h"
#include "ton/cell.h"

namespace starlift::ton {

// What the network takes of an external message at most.
inline constexpr size_t kMaxExternalBytes = 65'535;
inline constexpr int kMaxExternalDepth = 511;

// Every mode of a wallet here carries it: an action that cannot be done is skipped.
inline constexpr uint8_t kIgnoreErrors = 2;

// One message that a wallet asks to be sent.
struct OutAction {
  uint8_t mode = 0;
  CellRef message;
};

// A signed wallet message, ready for the network.
struct SignedTransfer {
  CellRef external;          // what is sent
  std::vector<uint8_t> boc;  // WriteBoc(external): the bytes that leave, and whose size was checked
  Hash256 message_hash{};    // of `external`
  Hash256 normalized_hash{};
  CellRef unsigned_body;  // its hash is what was signed
  CellRef body;           // V5R1: the 512 signature bits at its end; V4R2: at its beginning
  CellRef out_list;       // V5R1 only; null without messages
  std::vector<Hash256> out_message_hashes;
  std::array<uint8_t, 64> signature{};
  bool state_init_in_ref = false;
  bool body_in_ref = false;
};

// Puts `transfer->body` into an external message for `wallet` (with the StateInit unless null) and
// fills in its hashes. INVALID_ARGUMENT when it is too large or too deep for the network.
absl::Status WrapBody(const Address& wallet, const CellRef& state_init, SignedTransfer* transfer);

}  // namespace starlift::ton
