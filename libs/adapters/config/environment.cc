#include "adapters/config/environment.h"

#include <cstdlib>

namespace starlift {

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Environment NoEnvironment() {
  return [](const std::string&) { return std::optional<std::string>(); };
}

}  // namespace starlift
