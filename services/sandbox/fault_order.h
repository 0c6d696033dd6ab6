#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "sandbox/slowness.h"
#include "sandbox/world.h"

namespace starlift::sandbox {

// What carries out one kind of order; the world is locked.
using FaultHandler = std::function<absl::Status(World&, const nlohmann::json&)>;

// The fields of an order. Numbers may come as decimal strings.
int CountIn(const nlohmann::json& order);  // 1 unless told
int64_t NumberIn(const nlohmann::json& order, const char* name, int64_t otherwise);
Slowness SlownessIn(const nlohmann::json& order);
// The machine time at which something that lasts `ms` ends. Negative: never.
int64_t EndIn(const World& world, const nlohmann::json& order, int64_t otherwise_ms);

}  // namespace starlift::sandbox
