#include "adapters/fragment/public_market.h"

#include <utility>

#include "adapters/fragment/answers.h"
#include "adapters/fragment/html_text.h"
#include "adapters/fragment/methods.h"
#include "adapters/fragment/page.h"
#include "base/status_macros.h"

namespace starlift::fragment {

FragmentPublicMarket::FragmentPublicMarket(http::Client* client, SiteOptions options,
                                           ErrorTexts texts)
    : texts_(std::move(texts)), site_(client, &texts_, std::move(options)) {}

absl::StatusOr<PriceTable> FragmentPublicMarket::Prices() {
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(ProductType::kStars));
  ASSIGN_OR_RETURN(const std::string page, site_.Page(methods->page, jar_));
  PriceTable table;
  table.usd_per_ton = FindTonRate(page);
  for (const Package& package : FindPackages(page, "stars")) {
    table.packages.push_back(
        {.product = {.type = ProductType::kStars, .quantity = package.size}, .ton = package.ton});
  }
  if (table.packages.empty()) return Unreadable("a page without prices");
  return table;
}

absl::StatusOr<std::string> FragmentPublicMarket::FindRecipient(ProductType type,
                                                                absl::string_view username) {
  ASSIGN_OR_RETURN(const Methods* methods, MethodsOf(type));
  const ApiCall call{std::string(methods->page),
                     std::string(methods->search),
                     {{"query", std::string(username)}, {std::string(methods->size_field), ""}}};
  ASSIGN_OR_RETURN(const Answer answer, site_.Call(call, jar_, hash_));
  if (!answer.error.empty()) {
    const ErrorClass means = texts_.Classify(answer.error);
    if (means == ErrorClass::kAccessDenied || means == ErrorClass::kSessionDead) {
      // A guest has no session that could be dead.
      return Unreadable("a guest is refused", VisibleText(answer.error));
    }
    return texts_.StatusOf(answer.error);
  }
  ASSIGN_OR_RETURN(Found found, ParseFound(answer.body));
  return std::move(found.name);
}

}  // namespace starlift::fragment
