#pragma once

#include <string>

#include "sandbox/toncenter_answer.h"

namespace starlift::sandbox {

// One method of the v2 API, in its envelope. The caller has locked the world.
Answer CallV2(const View& view, const std::string& method, const Parameters& parameters);
bool IsSendV2(const std::string& method);

}  // namespace starlift::sandbox
