#pragma once

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "sandbox/world.h"

namespace starlift::sandbox {

// The field `balance_nano` of an order.
absl::StatusOr<uint64_t> BalanceIn(const nlohmann::json& order);

// Makes a wallet, or puts it on the chain anew: POST wallets. Takes the lock itself.
absl::StatusOr<nlohmann::json> MintWallet(World& world, const nlohmann::json& order);

}  // namespace starlift::sandbox
