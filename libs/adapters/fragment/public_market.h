#pragma once

#include <string>

#include "adapters/fragment/error_texts.h"
#include "adapters/fragment/site.h"
#include "domain/fulfillment/ports/marketplace.h"

namespace starlift::fragment {

// fragment.com as a guest: recipient search and the prices on the public page. It holds no login
// and calls no method that needs one. Safe from several threads.
class FragmentPublicMarket final : public PublicMarket {
 public:
  // `client` must be allowed to reach options.origin, and outlives this.
  FragmentPublicMarket(http::Client* client, SiteOptions options, ErrorTexts texts = ErrorTexts());

  // The packages of /stars/buy and its tonRate ("" when the page does not say). A page without a
  // readable package is unreadable.
  absl::StatusOr<PriceTable> Prices() override;
  absl::StatusOr<std::string> FindRecipient(ProductType type, absl::string_view username) override;

 private:
  const ErrorTexts texts_;
  const Site site_;
  CookieJar jar_;
  HashSlot hash_;
};

}  // namespace starlift::fragment
