#pragma once

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace starlift {

// A logged-in Fragment session, as the caller's browser holds it.
struct SessionCookies {
  Secret jar;    // the header string in its normal form: "name=value; name=value"
  Secret token;  // the login token, which names the account
};

// Reads a Cookie header string of at most 16 KiB. INVALID_ARGUMENT INVALID_COOKIES (field
// payment.fragment_cookies) for control characters, for pairs without a name, and, with metadata
// `missing`, without a non-empty stel_ssid, stel_token or stel_ton_token: the last one says that a
// wallet was connected. No error holds a cookie's value.
absl::StatusOr<SessionCookies> ParseSessionCookies(const Secret& header);

}  // namespace starlift
