#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace starlift {

// Who of the installation's people did something, and why. Kept with what was done, for ever.
struct OperatorNote {
  std::string name;
  std::string reason;
};

// INVALID_ARGUMENT INVALID_FIELD (field `operator` or `reason`): a name is 1 to 64 of
// [A-Za-z0-9._@+-], a reason 1 to 1,000 bytes.
absl::Status CheckOperatorNote(const OperatorNote& note);

// Whether two names are one person's: upper and lower case make no other person.
bool SameOperator(absl::string_view a, absl::string_view b);

}  // namespace starlift
