#include "adapters/fragment/marketplace.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "adapters/fragment/session.h"

namespace starlift::fragment {
namespace {

// More sessions than any installation has at once; a forgotten hash costs one page.
constexpr size_t kMostSessions = 10'000;

}  // namespace

struct FragmentMarketplace::Sessions {
  using Shared = FragmentSession::Shared;
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, std::shared_ptr<Shared>> by_id ABSL_GUARDED_BY(mutex);

  std::shared_ptr<Shared> Of(const std::string& session) {
    absl::MutexLock lock(&mutex);
    if (by_id.size() >= kMostSessions && !by_id.contains(session)) by_id.clear();
    std::shared_ptr<Shared>& shared = by_id[session];
    if (shared == nullptr) shared = std::make_shared<Shared>();
    return shared;
  }
};

FragmentMarketplace::FragmentMarketplace(http::Client* client, SiteOptions options,
                                         ErrorTexts texts)
    : texts_(std::move(texts)),
      site_(client, &texts_, std::move(options)),
      sessions_(std::make_unique<Sessions>()) {}

FragmentMarketplace::~FragmentMarketplace() = default;

std::unique_ptr<MarketSession> FragmentMarketplace::Open(const SessionId& session, Secret jar) {
  return std::make_unique<FragmentSession>(&site_, &texts_, sessions_->Of(session.value()), jar);
}

}  // namespace starlift::fragment
