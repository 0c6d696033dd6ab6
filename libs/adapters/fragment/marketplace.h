#pragma once

#include <memory>

#include "adapters/fragment/error_texts.h"
#include "adapters/fragment/site.h"
#include "domain/fulfillment/ports/marketplace.h"

namespace starlift::fragment {

// fragment.com for logged-in sessions. Keeps one hash per session id between openings. Safe from
// several threads; the sessions that it opens are not, and must not outlive it.
class FragmentMarketplace final : public Marketplace {
 public:
  // `client` must be allowed to reach options.origin, and outlives this.
  FragmentMarketplace(http::Client* client, SiteOptions options, ErrorTexts texts = ErrorTexts());
  ~FragmentMarketplace() override;

  std::unique_ptr<MarketSession> Open(const SessionId& session, Secret jar) override;

 private:
  struct Hashes;
  const ErrorTexts texts_;
  const Site site_;
  const std::unique_ptr<Hashes> hashes_;
};

}  // namespace starlift::fragment
