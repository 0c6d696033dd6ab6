#pragma once

#include <string>

#include "sandbox/toncenter_answer.h"

namespace starlift::sandbox {

// One method of the v2 API, in its envelope. `world` is locked by the caller.
Answer CallV2(World& world, const std::string& method, const Parameters& parameters);
bool IsSendV2(const std::string& method);

}  // namespace starlift::sandbox
