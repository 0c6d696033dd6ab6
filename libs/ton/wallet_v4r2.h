#pragma once

#include <array>
#include <cstdint>

#include "ton/address.h"

namespace starlift::ton {

// Wallet V4R2: only its address, to recognise the wallet that a phrase is better known by. Nothing
// is ever signed for it: its messages are valid on both networks at once.
inline constexpr uint32_t kWalletV4Id = 698983191;

Address WalletV4Address(const std::array<uint8_t, 32>& public_key, int8_t workchain = 0);

}  // namespace starlift::ton
