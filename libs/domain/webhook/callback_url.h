#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace starlift {

struct CallbackRules {
  // Plain http and private addresses too. For tests and closed installations; a production profile
  // refuses it.
  bool allow_private = false;
};

// Whether a caller may have webhooks sent to `url`: https, no user, no fragment, at most 2,048
// printable ASCII characters (international names in punycode), port 443, 8443 or above 1024, a
// name with a dot or a public address in its canonical form. INVALID_ARGUMENT INVALID_CALLBACK_URL
// (field callback_url) says what is wrong. This is the early answer only: the address that counts
// is the one a connection is made to (AddressFilter).
absl::Status CheckCallbackUrl(absl::string_view url, const CallbackRules& rules);

}  // namespace starlift
