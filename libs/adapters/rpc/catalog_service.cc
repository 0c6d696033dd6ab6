#include "adapters/rpc/catalog_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <optional>

#include "adapters/rpc/order_mapping.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/intake_request.h"
#include "starlift/v1/catalog_service.grpc.pb.h"

namespace starlift::rpc {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::RecipientCheck::Verdict VerdictToProto(RecipientProbe::Verdict verdict) {
  switch (verdict) {
    case RecipientProbe::Verdict::kEligible:
      return v1::RecipientCheck::VERDICT_ELIGIBLE;
    case RecipientProbe::Verdict::kRefused:
      return v1::RecipientCheck::VERDICT_REFUSED;
    case RecipientProbe::Verdict::kUnknown:
      return v1::RecipientCheck::VERDICT_UNKNOWN;
  }
  return v1::RecipientCheck::VERDICT_UNKNOWN;
}

void ListProductsTo(const ProductLimits& limits, v1::ListProductsResponse* response) {
  v1::ProductOffer* stars = response->add_products();
  stars->set_type(v1::PRODUCT_TYPE_STARS);
  stars->set_min_quantity(limits.min_stars);
  stars->set_max_quantity(limits.max_stars);
  v1::ProductOffer* premium = response->add_products();
  premium->set_type(v1::PRODUCT_TYPE_PREMIUM);
  for (int months : {3, 6, 12}) premium->add_months(months);
  v1::ProductOffer* topup = response->add_products();
  topup->set_type(v1::PRODUCT_TYPE_TON_TOPUP);
  topup->set_min_quantity(1);
  topup->set_max_quantity(1'000'000'000);
  for (v1::ProductOffer& offer : *response->mutable_products()) {
    const absl::StatusOr<ProductType> type = ProductTypeFromProto(offer.type());
    offer.set_available(type.ok() && CheckOfferedProduct(*type).ok());
    if (offer.available()) offer.add_assets(v1::ASSET_TON);
  }
}

class CatalogService final : public v1::CatalogService::CallbackService {
 public:
  explicit CatalogService(const CatalogServiceDeps& deps) : deps_(deps) {}

  ServerUnaryReactor* ListProducts(CallbackServerContext* context, const v1::ListProductsRequest*,
                                   v1::ListProductsResponse* response) override {
    return deps_.floor.Run(context, "CatalogService/ListProducts", [=, this](Call&) {
      ListProductsTo(deps_.products, response);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* GetPricing(CallbackServerContext* context,
                                 const v1::GetPricingRequest* request,
                                 v1::Pricing* response) override {
    return deps_.floor.Run(context, "CatalogService/GetPricing",
                           [=, this](Call&) { return Price(*request, response); });
  }

  ServerUnaryReactor* CheckRecipient(CallbackServerContext* context,
                                     const v1::CheckRecipientRequest* request,
                                     v1::RecipientCheck* response) override {
    return deps_.floor.RunDear(context, "CatalogService/CheckRecipient",
                               [=, this](Call&) { return Check(*request, response); });
  }

 private:
  absl::Status Price(const v1::GetPricingRequest& request, v1::Pricing* response) {
    ASSIGN_OR_RETURN(const QuoteRequest asked, FromProto(request));
    RETURN_IF_ERROR(CheckProduct(asked.product, deps_.products));
    RETURN_IF_ERROR(CheckOfferedProduct(asked.product.type));
    RETURN_IF_ERROR(CheckOfferedAsset(asked.asset));
    ASSIGN_OR_RETURN(const std::optional<PriceBook::Read> prices, deps_.prices.Latest());
    ASSIGN_OR_RETURN(const Quote quote,
                     MakeQuote(prices, asked, deps_.pricing, deps_.floor.clock().Now()));
    ToProto(asked.product, response->mutable_product());
    ToProto(quote, response->mutable_quote());
    ToProto(quote.quoted_at, response->mutable_quote_time());
    ToProto(quote.quoted_at + deps_.pricing.max_price_age, response->mutable_valid_until());
    response->set_usd_per_ton(prices->table.usd_per_ton);
    return absl::OkStatus();
  }

  absl::Status Check(const v1::CheckRecipientRequest& request, v1::RecipientCheck* response) {
    absl::StatusOr<ProductType> type = ProductTypeFromProto(request.type());
    if (!type.ok()) return FailField(Reason::kInvalidField, "type", type.status().message());
    RETURN_IF_ERROR(CheckOfferedProduct(*type));
    ASSIGN_OR_RETURN(const std::string username, NormalizeUsername(request.recipient().username()));
    const RecipientProbe probe = deps_.probes.ProbeRecipient(*type, username);
    response->mutable_recipient()->set_username(username);
    response->set_verdict(VerdictToProto(probe.verdict));
    if (!probe.refusal.ok()) response->set_reason(std::string(ReasonName(ReasonOf(probe.refusal))));
    response->set_display_name(probe.display_name);
    return absl::OkStatus();
  }

  const CatalogServiceDeps deps_;
};

}  // namespace

std::shared_ptr<grpc::Service> MakeCatalogService(const CatalogServiceDeps& deps) {
  return std::make_shared<CatalogService>(deps);
}

}  // namespace starlift::rpc
