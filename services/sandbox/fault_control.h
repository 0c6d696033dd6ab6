#pragma once

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "sandbox/world.h"

namespace starlift::sandbox {

// Orders one failure by name, with the fields that it knows. `world` is locked by the caller.
absl::Status OrderFault(World& world, const nlohmann::json& order);

// The names, for the answer to one that is not known.
nlohmann::json FaultNames();

}  // namespace starlift::sandbox
