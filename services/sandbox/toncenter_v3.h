#pragma once

#include <string>

#include "sandbox/toncenter_answer.h"

namespace starlift::sandbox {

// One path of the v3 API. `world` is locked by the caller.
Answer CallV3(World& world, const std::string& path, const Parameters& parameters);

}  // namespace starlift::sandbox
