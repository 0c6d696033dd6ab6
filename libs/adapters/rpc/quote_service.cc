#include "adapters/rpc/quote_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "adapters/rpc/order_mapping.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/payment/wallet_reading.h"
#include "starlift/internal/v1/quote_service.grpc.pb.h"
#include "ton/address.h"

namespace starlift::rpc {
namespace {

namespace quote = internal::v1;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

const char* StateName(AccountState::Status status) {
  switch (status) {
    case AccountState::Status::kActive:
      return "active";
    case AccountState::Status::kUninitialized:
      return "uninitialized";
    case AccountState::Status::kFrozen:
      return "frozen";
  }
  return "";
}

class QuoteService final : public quote::QuoteService::CallbackService {
 public:
  explicit QuoteService(const QuoteServiceDeps& deps) : deps_(deps) {}

  ServerUnaryReactor* ProbeRecipient(CallbackServerContext* context,
                                     const quote::ProbeRecipientRequest* request,
                                     quote::ProbeRecipientResponse* response) override {
    return deps_.floor.Run(context, "QuoteService/ProbeRecipient",
                           [=, this](Call&) { return Recipient(*request, response); });
  }

  ServerUnaryReactor* ProbeWallet(CallbackServerContext* context,
                                  const quote::ProbeWalletRequest* request,
                                  quote::ProbeWalletResponse* response) override {
    return deps_.floor.Run(context, "QuoteService/ProbeWallet",
                           [=, this](Call&) { return Wallet(*request, response); });
  }

 private:
  absl::Status Recipient(const quote::ProbeRecipientRequest& request,
                         quote::ProbeRecipientResponse* response) {
    ASSIGN_OR_RETURN(const ProductType type, ProductTypeFromProto(request.type()));
    ASSIGN_OR_RETURN(const std::string username, NormalizeUsername(request.username()));
    const absl::StatusOr<std::string> found = deps_.market.FindRecipient(type, username);
    if (found.ok()) {
      response->set_known(true);
      response->set_display_name(*found);
      return absl::OkStatus();
    }
    const Reason reason = ReasonOf(found.status());
    if (reason == Reason::kRecipientNotFound || reason == Reason::kRecipientRefused ||
        reason == Reason::kAlreadySubscribed) {
      response->set_known(true);
      response->set_reason(std::string(ReasonName(reason)));
    }
    return absl::OkStatus();
  }

  absl::Status Wallet(const quote::ProbeWalletRequest& request,
                      quote::ProbeWalletResponse* response) {
    const absl::StatusOr<ton::Address> address = ton::ParseAddress(request.address());
    if (!address.ok()) {
      return FailField(Reason::kInvalidField, "address", "must be a raw address");
    }
    const absl::StatusOr<AccountState> state = deps_.chain.Account(ton::RawForm(*address));
    if (!state.ok()) return absl::OkStatus();
    response->set_known(true);
    response->set_balance(state->balance.value());
    response->set_account_state(StateName(state->status));
    const absl::Status usable = CheckWalletUsable(*state);
    if (usable.ok()) return absl::OkStatus();
    response->set_reason(std::string(ReasonName(ReasonOf(usable))));
    response->set_reason_message(std::string(usable.message()));
    return absl::OkStatus();
  }

  const QuoteServiceDeps deps_;
};

}  // namespace

std::shared_ptr<grpc::Service> MakeQuoteService(const QuoteServiceDeps& deps) {
  return std::make_shared<QuoteService>(deps);
}

}  // namespace starlift::rpc
