#pragma once

#include <string>

#include "sandbox/toncenter_answer.h"

namespace starlift::sandbox {

// One path of the v3 API. The caller has locked the world.
Answer CallV3(const View& view, const std::string& path, const Parameters& parameters);

}  // namespace starlift::sandbox
