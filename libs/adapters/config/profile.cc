#include "adapters/config/profile.h"

namespace starlift {

void DeclareProfile(std::string* profile, std::string* log_level, KeySet* keys) {
  keys->Choice("profile.name", profile,
               {std::string(kProductionProfile), std::string(kTestProfile)},
               "what this installation is for");
  keys->Choice("log.level", log_level, {"debug", "info", "warn", "error"}, "least that is logged");
}

}  // namespace starlift
