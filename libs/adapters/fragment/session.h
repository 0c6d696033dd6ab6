#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/fragment/cookie_jar.h"
#include "adapters/fragment/hash_slot.h"
#include "adapters/fragment/history_slot.h"
#include "adapters/fragment/methods.h"
#include "adapters/fragment/site.h"
#include "domain/fulfillment/ports/marketplace.h"

namespace starlift::fragment {

// One logged-in account of fragment.com. Everything that it asks goes through one door, Ask, which
// turns each answer into one of the port's outcomes.
class FragmentSession final : public MarketSession {
 public:
  // What all openings of the same session share.
  struct Shared {
    HashSlot hash;
    HistorySlot stars_history;
  };
  // `site` and `texts` outlive the session.
  FragmentSession(const Site* site, const ErrorTexts* texts, std::shared_ptr<Shared> shared,
                  const Secret& jar);

  absl::StatusOr<std::string> FindRecipient(const Product& product,
                                            absl::string_view username) override;
  absl::Status ResetState(ProductType type) override;
  absl::StatusOr<MarketState> State(ProductType type) override;
  absl::StatusOr<PurchaseHistory> History(ProductType type) override;
  absl::StatusOr<std::string> OpenRequest(const Product& product,
                                          absl::string_view recipient_token) override;
  absl::StatusOr<MarketInvoice> FetchInvoice(ProductType type, absl::string_view request_id,
                                             const MarketAccount& account) override;
  // `boc` are the message's bytes.
  absl::Status Confirm(absl::string_view method,
                       const std::vector<std::pair<std::string, std::string>>& params,
                       const MarketAccount& account, absl::string_view boc) override;
  Secret Jar() const override { return jar_.Clone(); }
  bool jar_changed() const override { return jar_.changed(); }

 private:
  absl::StatusOr<PurchaseHistory> FetchHistory(const Methods& methods);
  absl::StatusOr<nlohmann::json> Ask(const Methods& methods, absl::string_view method,
                                     Fields fields);
  // "Access denied" means two things; the state call, which needs a login and nothing else, tells.
  absl::Status WhyDenied(const Methods& methods, absl::string_view error);

  const Site* site_;
  const ErrorTexts* texts_;
  const std::shared_ptr<Shared> shared_;
  CookieJar jar_;
};

}  // namespace starlift::fragment
