#include "adapters/fragment/methods.h"

#include "base/error.h"

namespace starlift::fragment {
namespace {

constexpr Methods kMethods[] = {
    {ProductType::kStars, true, "/stars/buy", "searchStarsRecipient", "quantity",
     "updateStarsBuyState", "initBuyStarsRequest", "getBuyStarsLink", "repeatStars",
     "/stars/history?sort="},
    {ProductType::kPremium, false, "/premium/gift", "searchPremiumGiftRecipient", "months",
     "updatePremiumState", "initGiftPremiumRequest", "getGiftPremiumLink", "repeatPremium", ""},
    {ProductType::kTonTopup, false, "/ads/topup", "searchAdsTopupRecipient", "amount",
     "updateAdsTopupState", "initAdsTopupRequest", "getAdsTopupLink", "", ""},
};

}  // namespace

absl::StatusOr<const Methods*> MethodsOf(ProductType type) {
  for (const Methods& row : kMethods) {
    if (row.type == type && row.built) return &row;
  }
  return Fail(Reason::kProductNotAvailable, "this product is not sold here yet");
}

}  // namespace starlift::fragment
