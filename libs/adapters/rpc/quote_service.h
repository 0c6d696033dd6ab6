#pragma once

#include <memory>

#include "absl/status/status.h"
#include "adapters/rpc/call.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "domain/payment/ports/chain.h"

namespace grpc {
class Service;
}

namespace starlift::rpc {

struct QuoteServiceDeps {
  CallFloor& floor;      // without an authenticator: mTLS proves the api
  PublicMarket& market;  // safe from several threads
  Chain& chain;
};

// starlift.internal.v1.QuoteService, the workers' side. Everything it is given outlives it.
std::shared_ptr<grpc::Service> MakeQuoteService(const QuoteServiceDeps& deps);

}  // namespace starlift::rpc
