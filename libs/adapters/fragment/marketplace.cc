#include "adapters/fragment/marketplace.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "adapters/fragment/session.h"

namespace starlift::fragment {
namespace {

// More sessions than any installation has at once; a forgotten hash costs one page.
constexpr size_t kMaxHashes = 10'000;

}  // namespace

struct FragmentMarketplace::Hashes {
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, std::shared_ptr<HashSlot>> by_session ABSL_GUARDED_BY(mutex);

  std::shared_ptr<HashSlot> Of(const std::string& session) {
    absl::MutexLock lock(&mutex);
    if (by_session.size() >= kMaxHashes && !by_session.contains(session)) by_session.clear();
    std::shared_ptr<HashSlot>& slot = by_session[session];
    if (slot == nullptr) slot = std::make_shared<HashSlot>();
    return slot;
  }
};

FragmentMarketplace::FragmentMarketplace(http::Client* client, SiteOptions options,
                                         ErrorTexts texts)
    : texts_(std::move(texts)),
      site_(client, &texts_, std::move(options)),
      hashes_(std::make_unique<Hashes>()) {}

FragmentMarketplace::~FragmentMarketplace() = default;

std::unique_ptr<MarketSession> FragmentMarketplace::Open(const SessionId& session, Secret jar) {
  return std::make_unique<FragmentSession>(&site_, &texts_, hashes_->Of(session.value()), jar);
}

}  // namespace starlift::fragment
