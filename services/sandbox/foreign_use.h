#pragma once

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "sandbox/world.h"

namespace starlift::sandbox {

// Somebody else uses a minted wallet: signs a transfer with its newest seqno and puts it before all
// other messages. Fields: wallet, to, amount_nano, comment, valid_for_s, and relayed: inside an
// internal message of a stranger, as gasless transfers are (V5R1 only).
absl::Status ForeignUse(World& world, const nlohmann::json& order);

}  // namespace starlift::sandbox
