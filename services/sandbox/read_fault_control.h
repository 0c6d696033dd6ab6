#pragma once

#include <map>
#include <string>

#include "sandbox/fault_order.h"

namespace starlift::sandbox {

// What can go wrong with reading the chain, by name. Each order may name one `provider`; without it
// all of them go wrong.
std::map<std::string, FaultHandler> ReadFaultHandlers();

// Makes the answers of the order's providers slow.
absl::Status SlowProviders(World& world, const nlohmann::json& order);

}  // namespace starlift::sandbox
