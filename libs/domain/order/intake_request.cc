#include "domain/order/intake_request.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/intake_payment.h"

namespace starlift {
namespace {

constexpr size_t kMostRequestId = 64;
constexpr size_t kMostCallbackUrl = 2048;

bool IsRequestIdCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == ':' ||
         c == '-';
}

absl::Status CheckUrl(absl::string_view url, const CallbackCheck& check) {
  if (url.empty()) return absl::OkStatus();
  if (url.size() > kMostCallbackUrl) {
    return Fail(Reason::kInvalidCallbackUrl, "a callback URL has at most 2,048 characters");
  }
  return check(url);
}

absl::Status NotAllowed(absl::string_view message) {
  return Fail(Reason::kCombinationNotAllowed, message);
}

// Who pays, with whose account, in what: the funding table, whether its row is offered or not.
absl::Status CheckCombination(const CreateInput& input) {
  const bool ours = input.funding == Funding::kBalance || input.funding == Funding::kInvoice;
  if (ours && input.session_kind != SessionKind::kHouse) {
    return NotAllowed(absl::StrCat("funding ", FundingName(input.funding),
                                   " buys with house sessions: session_kind must be HOUSE"));
  }
  if (input.session_kind == SessionKind::kHouse && input.asset != Asset::kTon) {
    return NotAllowed("house sessions pay in TON");
  }
  if (input.product.type == ProductType::kTonTopup && input.asset != Asset::kTon) {
    return NotAllowed("a TON top-up is paid in TON");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRequestId(absl::string_view request_id) {
  if (request_id.empty()) {
    return FailField(Reason::kRequestIdRequired, "request_id", "a request id is required");
  }
  if (request_id.size() > kMostRequestId ||
      !std::all_of(request_id.begin(), request_id.end(), IsRequestIdCharacter)) {
    return FailField(Reason::kRequestIdInvalid, "request_id",
                     "a request id is 1 to 64 of A-Z, a-z, 0-9, '.', '_', ':', '-'");
  }
  return absl::OkStatus();
}

void CheckFields(CreateInput* input, const ProductLimits& limits, const CallbackCheck& callback) {
  FieldMistakes& mistakes = input->mistakes;
  mistakes.Add("product.quantity", CheckProduct(input->product, limits));
  if (absl::StatusOr<std::string> username = NormalizeUsername(input->recipient); username.ok()) {
    input->recipient = *std::move(username);
  } else {
    mistakes.Add("recipient.username", username.status());
  }
  if (input->max_total < Units(0)) {
    mistakes.Add(Reason::kInvalidField, "max_total", "max_total must not be negative");
  }
  mistakes.Add("callback_url", CheckUrl(input->callback_url, callback));
  if (!input->payment.has_value()) return;
  if (input->funding == Funding::kBalance) {
    CheckEmptyPayment(*input->payment, &mistakes);
  } else {
    CheckPaymentFields(*input->payment, &mistakes);
  }
}

absl::Status CheckOfferedProduct(ProductType type) {
  if (type == ProductType::kStars) return absl::OkStatus();
  return Fail(Reason::kProductNotAvailable, "only Stars are offered here yet");
}

absl::Status CheckOfferedAsset(Asset asset) {
  if (asset == Asset::kTon) return absl::OkStatus();
  return Fail(Reason::kAssetNotAvailable, "only TON is offered here yet");
}

absl::Status CheckOffered(const CreateInput& input) {
  RETURN_IF_ERROR(CheckCombination(input));
  if (input.funding != Funding::kWallet && input.funding != Funding::kBalance) {
    return Fail(Reason::kFundingNotAvailable,
                "only wallet and balance funding are offered here yet");
  }
  RETURN_IF_ERROR(CheckOfferedProduct(input.product.type));
  if (input.funding == Funding::kWallet && input.session_kind != SessionKind::kOwn) {
    return Fail(Reason::kSessionKindNotAvailable,
                "wallet funding is offered with own sessions only here yet");
  }
  return CheckOfferedAsset(input.asset);
}

absl::string_view WalletChoiceName(WalletChoice choice) {
  switch (choice) {
    case WalletChoice::kUnspecified:
    case WalletChoice::kV5R1:
      return "v5r1";
    case WalletChoice::kV4R2:
      return "v4r2";
    case WalletChoice::kAuto:
      return "auto";
  }
  return "";
}

}  // namespace starlift
