#pragma once

#include <memory>

#include "adapters/rpc/call.h"
#include "adapters/rpc/page_token.h"
#include "domain/ledger/ports/credit_store.h"
#include "domain/payment/ports/review_store.h"
#include "domain/payment/review.h"

namespace grpc {
class Service;
}

namespace starlift::rpc {

struct OperatorServiceDeps {
  CallFloor& floor;  // without an authenticator: mTLS proves the operator
  ReviewDesk& desk;
  ReviewStore& reviews;
  CreditStore& credits;
  const PageTokens& page_tokens;
};

// starlift.admin.v1.OperatorService. Everything it is given outlives it.
std::shared_ptr<grpc::Service> MakeOperatorService(const OperatorServiceDeps& deps);

}  // namespace starlift::rpc
