#include "adapters/rpc/authenticator.h"

#include <utility>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::rpc {
namespace {

constexpr absl::string_view kScheme = "Bearer ";
constexpr absl::Duration kRemembered = absl::Seconds(5);
constexpr size_t kMostRemembered = 10'000;
constexpr size_t kMostKeyBytes = 256;

// One text for every way to be wrong, and the one of access/api_key: whoever has no key learns
// nothing about which keys exist.
absl::Status Invalid() { return Fail(Reason::kApiKeyInvalid, "The API key is not valid."); }

}  // namespace

Authenticator::Authenticator(KeyStore& keys, Secret pepper, const Clock& clock)
    : keys_(keys), pepper_(std::move(pepper)), clock_(clock) {}

absl::StatusOr<Caller> Authenticator::Check(absl::string_view authorization) {
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) {
    return Fail(Reason::kApiKeyMissing, "send the API key as 'authorization: Bearer <key>'");
  }
  const absl::string_view key = authorization.substr(kScheme.size());
  if (key.size() > kMostKeyBytes) return Invalid();
  const std::array<uint8_t, 32> digest = ApiKeyHash(key, pepper_);
  const std::string hash(digest.begin(), digest.end());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = known_.find(hash);
    if (found != known_.end() && clock_.Now() < found->second.until) return found->second.caller;
  }
  ASSIGN_OR_RETURN(Caller caller, Ask(key));
  Remember(hash, caller);
  return caller;
}

absl::StatusOr<Caller> Authenticator::Ask(absl::string_view key) {
  ASSIGN_OR_RETURN(const std::string id, ApiKeyId(key));
  ASSIGN_OR_RETURN(const std::optional<ApiKeyRecord> record, keys_.Find(id));
  if (!record.has_value()) return Invalid();
  return Authenticate(key, *record, pepper_, clock_.Now());
}

void Authenticator::Remember(const std::string& hash, const Caller& caller) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // Only good keys come here, so this is reached by installations with very many of them alone.
  if (known_.size() >= kMostRemembered) known_.clear();
  known_[hash] = {caller, clock_.Now() + kRemembered};
}

}  // namespace starlift::rpc
