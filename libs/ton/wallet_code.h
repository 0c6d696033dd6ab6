#pragma once

#include "absl/strings/string_view.h"

namespace starlift::ton {

// The wallet contracts as their authors published them, base64 of a BoC. Data: never edited.
// ton-blockchain/wallet-contract-v5, and V4R2 of ton-blockchain/wallet-contract.
extern const absl::string_view kWalletV5R1Code;
extern const absl::string_view kWalletV4R2Code;

}  // namespace starlift::ton
