#pragma once

#include <memory>

#include "absl/time/time.h"
#include "adapters/rpc/call.h"
#include "domain/order/ports/price_book.h"
#include "domain/order/ports/probes.h"
#include "domain/order/pricing.h"
#include "domain/order/product.h"

namespace grpc {
class Service;
}

namespace starlift::rpc {

struct CatalogServiceDeps {
  CallFloor& floor;
  PriceBook& prices;
  Probes& probes;
  ProductLimits products;
  PricingPolicy pricing;
};

// starlift.v1.CatalogService. Everything it is given outlives it.
std::shared_ptr<grpc::Service> MakeCatalogService(const CatalogServiceDeps& deps);

}  // namespace starlift::rpc
