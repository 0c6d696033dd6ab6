#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "adapters/rpc/order_mapping.h"
#include "base/error.h"
#include "starlift/v1/catalog_service.pb.h"
#include "starlift/v1/order_service.pb.h"

namespace starlift::rpc {
namespace {

constexpr size_t kMostOrderId = 64;

absl::Status UnknownValue(absl::string_view field) {
  return FailField(Reason::kInvalidField, field, "not a value that this version knows");
}

Secret TakeSecret(std::string* text) {
  Secret secret = Secret::FromString(*text);
  WipeString(text);
  return secret;
}

Funding FundingFromProto(v1::Funding funding, FieldMistakes* mistakes) {
  switch (funding) {
    case v1::FUNDING_UNSPECIFIED:
    case v1::FUNDING_WALLET:
      return Funding::kWallet;
    case v1::FUNDING_EXTERNAL:
      return Funding::kExternal;
    case v1::FUNDING_BALANCE:
      return Funding::kBalance;
    case v1::FUNDING_INVOICE:
      return Funding::kInvoice;
    default:
      mistakes->Add("funding", UnknownValue("funding"));
      return Funding::kWallet;
  }
}

SessionKind SessionKindFromProto(v1::SessionKind kind, FieldMistakes* mistakes) {
  switch (kind) {
    case v1::SESSION_KIND_UNSPECIFIED:
    case v1::SESSION_KIND_OWN:
      return SessionKind::kOwn;
    case v1::SESSION_KIND_HOUSE:
      return SessionKind::kHouse;
    default:
      mistakes->Add("session_kind", UnknownValue("session_kind"));
      return SessionKind::kOwn;
  }
}

Asset AssetFromProto(v1::Asset asset, FieldMistakes* mistakes) {
  switch (asset) {
    case v1::ASSET_UNSPECIFIED:
    case v1::ASSET_TON:
      return Asset::kTon;
    case v1::ASSET_USDT:
      return Asset::kUsdt;
    default:
      mistakes->Add("asset", UnknownValue("asset"));
      return Asset::kTon;
  }
}

WalletChoice WalletChoiceFromProto(v1::WalletVersion version, FieldMistakes* mistakes) {
  switch (version) {
    case v1::WALLET_VERSION_UNSPECIFIED:
      return WalletChoice::kUnspecified;
    case v1::WALLET_VERSION_V5R1:
      return WalletChoice::kV5R1;
    case v1::WALLET_VERSION_V4R2:
      return WalletChoice::kV4R2;
    case v1::WALLET_VERSION_AUTO:
      return WalletChoice::kAuto;
    default:
      mistakes->Add("payment.wallet_version", UnknownValue("payment.wallet_version"));
      return WalletChoice::kUnspecified;
  }
}

Product ProductFromProto(const v1::Product& product, FieldMistakes* mistakes) {
  const absl::StatusOr<ProductType> type = ProductTypeFromProto(product.type());
  mistakes->Add("product.type", type.status());
  return {type.value_or(ProductType::kStars), product.quantity(), product.months()};
}

void Wipe(v1::PaymentInput* payment) {
  for (std::string& words : *payment->mutable_mnemonic()) WipeString(&words);
  WipeString(payment->mutable_mnemonic_password());
  WipeString(payment->mutable_fragment_cookies());
}

// All strings as one text, one blank between each two. Of a text that is too long just enough is
// kept for that to be noticed.
Secret TakePhrase(v1::PaymentInput* payment) {
  size_t size = 0;
  for (const std::string& words : payment->mnemonic()) {
    if (!words.empty()) size += words.size() + (size == 0 ? 0 : 1);
  }
  Secret phrase = Secret::Zeroed(std::min(size, kMostPhraseBytes + 1));
  absl::Span<uint8_t> room = phrase.RevealMutable();
  const auto append = [&room](absl::string_view text) {
    const size_t fits = std::min(room.size(), text.size());
    std::copy_n(text.begin(), fits, room.begin());
    room.remove_prefix(fits);
  };
  for (std::string& words : *payment->mutable_mnemonic()) {
    if (!words.empty() && room.size() < phrase.size()) append(" ");
    append(words);
    WipeString(&words);
  }
  return phrase;
}

PaymentDraft TakePayment(v1::PaymentInput* payment, FieldMistakes* mistakes) {
  PaymentDraft draft;
  draft.phrase = TakePhrase(payment);
  draft.mnemonic_password = TakeSecret(payment->mutable_mnemonic_password());
  draft.cookies = TakeSecret(payment->mutable_fragment_cookies());
  draft.wallet_version = WalletChoiceFromProto(payment->wallet_version(), mistakes);
  return draft;
}

}  // namespace

absl::StatusOr<ProductType> ProductTypeFromProto(int type) {
  switch (type) {
    case v1::PRODUCT_TYPE_STARS:
      return ProductType::kStars;
    case v1::PRODUCT_TYPE_PREMIUM:
      return ProductType::kPremium;
    case v1::PRODUCT_TYPE_TON_TOPUP:
      return ProductType::kTonTopup;
    case v1::PRODUCT_TYPE_UNSPECIFIED:
      return FailField(Reason::kInvalidField, "product.type", "the product is required");
    default:
      return UnknownValue("product.type");
  }
}

absl::StatusOr<std::optional<OrderState>> OrderStateFromProto(int state) {
  if (state == v1::ORDER_STATE_UNSPECIFIED) return std::optional<OrderState>();
  const int index = state - v1::ORDER_STATE_AWAITING_PAYMENT;
  const absl::Span<const OrderState> states = OrderStates();
  for (OrderState known : states) {
    if (static_cast<int>(known) == index) return std::optional<OrderState>(known);
  }
  return UnknownValue("state");
}

absl::StatusOr<OrderId> OrderIdFromName(absl::string_view name) {
  const bool prefixed = absl::ConsumePrefix(&name, "orders/");
  const auto good = [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; };
  if (!prefixed || name.empty() || name.size() > kMostOrderId ||
      !std::all_of(name.begin(), name.end(), good)) {
    return FailField(Reason::kInvalidField, "name", "must be orders/{order}");
  }
  return OrderId(std::string(name));
}

void WipeSecrets(v1::CreateOrderRequest* request) {
  if (request->has_payment()) Wipe(request->mutable_payment());
}

void WipeSecrets(v1::PayOrderRequest* request) {
  if (request->has_payment()) Wipe(request->mutable_payment());
}

CreateInput FromProto(v1::CreateOrderRequest* request) {
  CreateInput input;
  // First, so that nothing that follows can leave a secret behind.
  if (request->has_payment()) {
    input.payment = TakePayment(request->mutable_payment(), &input.mistakes);
  }
  input.request_id = request->request_id();
  input.product = ProductFromProto(request->product(), &input.mistakes);
  input.recipient = request->recipient().username();
  input.funding = FundingFromProto(request->funding(), &input.mistakes);
  input.session_kind = SessionKindFromProto(request->session_kind(), &input.mistakes);
  input.asset = AssetFromProto(request->asset(), &input.mistakes);
  input.max_total = Units(request->max_total());
  input.callback_url = request->callback_url();
  input.validate_only = request->validate_only();
  return input;
}

PayInput FromProto(v1::PayOrderRequest* request) {
  PayInput input;
  input.payment = TakePayment(request->mutable_payment(), &input.mistakes);
  input.request_id = request->request_id();
  absl::StatusOr<OrderId> id = OrderIdFromName(request->name());
  input.mistakes.Add("name", id.status());
  if (id.ok()) input.order = *std::move(id);
  return input;
}

absl::StatusOr<QuoteRequest> FromProto(const v1::GetPricingRequest& request) {
  FieldMistakes mistakes;
  QuoteRequest quote;
  quote.product = ProductFromProto(request.product(), &mistakes);
  quote.session_kind = SessionKindFromProto(request.session_kind(), &mistakes);
  quote.asset = AssetFromProto(request.asset(), &mistakes);
  if (!mistakes.empty()) return mistakes.ToStatus();
  return quote;
}

}  // namespace starlift::rpc
