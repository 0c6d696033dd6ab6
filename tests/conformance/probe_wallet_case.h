#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "probe_case.h"
#include "ton/address.h"
#include "ton/message.h"
#include "ton/mnemonic.h"
#include "ton/signed_transfer.h"

namespace starlift::ton::probe {

enum class WalletVersion { kV4R2, kV5R1 };

// A case about a wallet, its types checked.
struct WalletCase {
  WalletVersion version = WalletVersion::kV5R1;
  KeyPair key;
  uint32_t wallet_id = 0;
  int8_t workchain = 0;
  bool test_only = false;  // how its address is spelt
  uint32_t seqno = 0;
  uint32_t valid_until = 0;
  bool internal = false;  // V5R1 only: to be put into an internal message
  bool include_state_init = false;
  std::vector<OutMessage> messages;
};
absl::StatusOr<WalletCase> ReadWalletCase(const Json& input);

// What the version of the case makes of it.
CellRef DataOf(const WalletCase& wallet, uint32_t seqno);
CellRef StateInitOf(const WalletCase& wallet);
Address AddressOf(const WalletCase& wallet);
absl::StatusOr<SignedTransfer> SignCase(const WalletCase& wallet);

// Takes apart what was signed, from the bytes that would leave, and gives back the messages in it,
// first to last. INTERNAL when anything is read otherwise than it was written.
absl::StatusOr<std::vector<OutAction>> ReadBack(const WalletCase& wallet,
                                                const SignedTransfer& transfer);

}  // namespace starlift::ton::probe
