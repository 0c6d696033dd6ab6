#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/random.h"
#include "base/secret.h"

namespace starlift {

// Standard Webhooks 1.0.0, symmetric:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/

// "whsec_" and the base64 of 32 random bytes: what the tenant is shown once and what is sealed.
Secret NewWebhookSecret(Random& random);

// The key inside a "whsec_…" text: 24 to 64 bytes, standard base64 with padding. INVALID_ARGUMENT
// INVALID_FIELD for anything else; the error never repeats the text.
absl::StatusOr<Secret> ParseWebhookSecret(absl::string_view text);

using WebhookHeaders = std::vector<std::pair<std::string, std::string>>;

// The headers webhook-id, webhook-timestamp (Unix seconds of this try: verifiers accept ±300 s) and
// webhook-signature: "v1,<base64 of HMAC-SHA256(id.timestamp.body)>", one for each of `keys` (of
// ParseWebhookSecret), separated by spaces, so that a secret can be rotated. `keys` is not empty
// and `id` holds no full stop.
WebhookHeaders SignWebhook(absl::string_view id, absl::Time timestamp, absl::string_view body,
                           absl::Span<const Secret> keys);

}  // namespace starlift
