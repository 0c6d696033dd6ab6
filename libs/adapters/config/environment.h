#pragma once

#include <functional>
#include <optional>
#include <string>

namespace starlift {

// Looks a variable up; nullopt when it is not set. Passed in, so that a test brings its own.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The process' own.
Environment ProcessEnvironment();
// One in which nothing is set.
Environment NoEnvironment();

}  // namespace starlift
