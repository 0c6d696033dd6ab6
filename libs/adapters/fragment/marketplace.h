#pragma once

#include <memory>

#include "adapters/fragment/error_texts.h"
#include "adapters/fragment/site.h"
#include "domain/fulfillment/ports/marketplace.h"

namespace starlift::fragment {

// fragment.com for logged-in sessions. Keeps one hash per session id between openings, and
// reads its history for one at a time. Safe from
// several threads; the sessions that it opens are not, and must not outlive it.
class FragmentMarketplace final : public Marketplace {
 public:
  // `client` must be allowed to reach options.origin, and outlives this.
  FragmentMarketplace(http::Client* client, SiteOptions options, ErrorTexts texts = ErrorTexts());
  ~FragmentMarketplace() override;

  std::unique_ptr<MarketSession> Open(const SessionId& session, Secret jar) override;

 private:
  struct Sessions;
  const ErrorTexts texts_;
  const Site site_;
  const std::unique_ptr<Sessions> sessions_;
};

}  // namespace starlift::fragment
