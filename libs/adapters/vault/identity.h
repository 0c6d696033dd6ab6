#pragma once

#include <string>

#include "base/id.h"
#include "base/secret.h"

namespace starlift::vault {

// The id of the Fragment account that a login token belongs to: "ses_" and 32 hex characters of a
// keyed BLAKE2b of the token. The same token is the same session everywhere in an installation;
// without the identity key (32 bytes) nobody can test a guess against a stored id.
SessionId SessionIdFor(const Secret& login_token, const Secret& identity_key);

// 64 hex characters of a keyed BLAKE2b of a whole cookie header: tells whether two are the same
// without showing either. Never equal to a session's id.
std::string CookiesDigest(const Secret& jar, const Secret& identity_key);

}  // namespace starlift::vault
