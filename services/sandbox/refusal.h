#pragma once

#include <cstdint>
#include <string>

#include "sandbox/executor.h"

namespace starlift::sandbox {

// What a liteserver says when a contract does not accept a message. Two wordings are about, of 2024
// and of 2026.
std::string RefusalText(const ExternalOutcome& outcome, bool newer_wording);

// What it says to files that are no messages.
std::string MalformedText(const std::string& what);

}  // namespace starlift::sandbox
