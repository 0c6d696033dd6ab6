#include "base/error.h"

#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace starlift {
namespace {

using Code = absl::StatusCode;

constexpr ReasonRow kTable[] = {
    {Reason::kNone, "NONE", Code::kOk},
    {Reason::kInvalidField, "INVALID_FIELD", Code::kInvalidArgument},
    {Reason::kRequestIdRequired, "REQUEST_ID_REQUIRED", Code::kInvalidArgument},
    {Reason::kRequestIdInvalid, "REQUEST_ID_INVALID", Code::kInvalidArgument},
    {Reason::kRequestIdReused, "REQUEST_ID_REUSED", Code::kInvalidArgument},
    {Reason::kInvalidUsername, "INVALID_USERNAME", Code::kInvalidArgument},
    {Reason::kQuantityOutOfRange, "QUANTITY_OUT_OF_RANGE", Code::kInvalidArgument},
    {Reason::kInvalidMnemonic, "INVALID_MNEMONIC", Code::kInvalidArgument},
    {Reason::kInvalidCookies, "INVALID_COOKIES", Code::kInvalidArgument},
    {Reason::kInvalidCallbackUrl, "INVALID_CALLBACK_URL", Code::kInvalidArgument},
    {Reason::kInvalidPageToken, "INVALID_PAGE_TOKEN", Code::kInvalidArgument},
    {Reason::kCombinationNotAllowed, "COMBINATION_NOT_ALLOWED", Code::kInvalidArgument},
    {Reason::kApiKeyMissing, "API_KEY_MISSING", Code::kUnauthenticated},
    {Reason::kApiKeyInvalid, "API_KEY_INVALID", Code::kUnauthenticated},
    {Reason::kApiKeyExpired, "API_KEY_EXPIRED", Code::kUnauthenticated},
    {Reason::kScopeMissing, "SCOPE_MISSING", Code::kPermissionDenied},
    {Reason::kOrderNotFound, "ORDER_NOT_FOUND", Code::kNotFound},
    {Reason::kRecipientNotFound, "RECIPIENT_NOT_FOUND", Code::kNotFound},
    {Reason::kRecipientRefused, "RECIPIENT_REFUSED", Code::kFailedPrecondition},
    {Reason::kAlreadySubscribed, "ALREADY_SUBSCRIBED", Code::kFailedPrecondition},
    {Reason::kOrderExpired, "ORDER_EXPIRED", Code::kFailedPrecondition},
    {Reason::kOrderAlreadyPaying, "ORDER_ALREADY_PAYING", Code::kFailedPrecondition},
    {Reason::kOrderNotCancellable, "ORDER_NOT_CANCELLABLE", Code::kFailedPrecondition},
    {Reason::kInsufficientBalance, "INSUFFICIENT_BALANCE", Code::kFailedPrecondition},
    {Reason::kWalletUnsupported, "WALLET_UNSUPPORTED", Code::kFailedPrecondition},
    {Reason::kPriceAboveMaxTotal, "PRICE_ABOVE_MAX_TOTAL", Code::kFailedPrecondition},
    {Reason::kPriceChanged, "PRICE_CHANGED", Code::kAborted},
    {Reason::kConcurrentRequest, "CONCURRENT_REQUEST", Code::kAborted},
    {Reason::kProductNotAvailable, "PRODUCT_NOT_AVAILABLE", Code::kUnimplemented},
    {Reason::kFundingNotAvailable, "FUNDING_NOT_AVAILABLE", Code::kUnimplemented},
    {Reason::kAssetNotAvailable, "ASSET_NOT_AVAILABLE", Code::kUnimplemented},
    {Reason::kSessionKindNotAvailable, "SESSION_KIND_NOT_AVAILABLE", Code::kUnimplemented},
    {Reason::kWalletVersionNotAvailable, "WALLET_VERSION_NOT_AVAILABLE", Code::kUnimplemented},
    {Reason::kPricesStale, "PRICES_STALE", Code::kUnavailable},
    {Reason::kStorageUnavailable, "STORAGE_UNAVAILABLE", Code::kUnavailable},
    {Reason::kQuoteServiceUnavailable, "QUOTE_SERVICE_UNAVAILABLE", Code::kUnavailable},
    {Reason::kFragmentUnavailable, "FRAGMENT_UNAVAILABLE", Code::kUnavailable},
    {Reason::kChainUnavailable, "CHAIN_UNAVAILABLE", Code::kUnavailable},
    {Reason::kKeyStretchingBusy, "KEY_STRETCHING_BUSY", Code::kResourceExhausted},
    {Reason::kOverloaded, "OVERLOADED", Code::kResourceExhausted},
    {Reason::kShuttingDown, "SHUTTING_DOWN", Code::kUnavailable},
    {Reason::kDeadlineExceeded, "DEADLINE_EXCEEDED", Code::kDeadlineExceeded},
    {Reason::kCancelledByCaller, "CANCELLED_BY_CALLER", Code::kCancelled},
    {Reason::kNotPaidInTime, "NOT_PAID_IN_TIME", Code::kDeadlineExceeded},
    {Reason::kQueueTimeout, "QUEUE_TIMEOUT", Code::kDeadlineExceeded},
    {Reason::kSessionDead, "SESSION_DEAD", Code::kFailedPrecondition},
    {Reason::kKycRequired, "KYC_REQUIRED", Code::kFailedPrecondition},
    {Reason::kInvoiceMessageCount, "INVOICE_MESSAGE_COUNT", Code::kFailedPrecondition},
    {Reason::kInvoiceWrongPayee, "INVOICE_WRONG_PAYEE", Code::kFailedPrecondition},
    {Reason::kInvoiceWrongSender, "INVOICE_WRONG_SENDER", Code::kFailedPrecondition},
    {Reason::kInvoiceAmountTooHigh, "INVOICE_AMOUNT_TOO_HIGH", Code::kFailedPrecondition},
    {Reason::kInvoiceWrongText, "INVOICE_WRONG_TEXT", Code::kFailedPrecondition},
    {Reason::kInvoiceUnreadable, "INVOICE_UNREADABLE", Code::kFailedPrecondition},
    {Reason::kInvoiceStateInit, "INVOICE_STATE_INIT", Code::kFailedPrecondition},
    {Reason::kInvoiceExpiresTooSoon, "INVOICE_EXPIRES_TOO_SOON", Code::kFailedPrecondition},
    {Reason::kInvoiceReused, "INVOICE_REUSED", Code::kFailedPrecondition},
    {Reason::kInvoiceAttemptsExhausted, "INVOICE_ATTEMPTS_EXHAUSTED", Code::kAborted},
    {Reason::kPaymentAttemptsExhausted, "PAYMENT_ATTEMPTS_EXHAUSTED", Code::kAborted},
    {Reason::kSpendingCeiling, "SPENDING_CEILING", Code::kFailedPrecondition},
    {Reason::kPaymentVerdictUnknown, "PAYMENT_VERDICT_UNKNOWN", Code::kUnknown},
    {Reason::kPaymentWithoutRecord, "PAYMENT_WITHOUT_RECORD", Code::kUnknown},
    {Reason::kDeliveryUnconfirmed, "DELIVERY_UNCONFIRMED", Code::kUnknown},
    {Reason::kWorkerCrashedRepeatedly, "WORKER_CRASHED_REPEATEDLY", Code::kUnknown},
    {Reason::kCreditInsufficient, "CREDIT_INSUFFICIENT", Code::kFailedPrecondition},
    {Reason::kWalletsBothFunded, "WALLETS_BOTH_FUNDED", Code::kFailedPrecondition},
    {Reason::kPaymentReturned, "PAYMENT_RETURNED", Code::kUnknown},
    {Reason::kTenantNotFound, "TENANT_NOT_FOUND", Code::kNotFound},
    {Reason::kWalletNotFound, "WALLET_NOT_FOUND", Code::kNotFound},
    {Reason::kNotInReview, "NOT_IN_REVIEW", Code::kFailedPrecondition},
    {Reason::kResolutionNotAllowed, "RESOLUTION_NOT_ALLOWED", Code::kFailedPrecondition},
    {Reason::kInternal, "INTERNAL", Code::kInternal},
};

constexpr absl::string_view kReasonUrl = "starlift/reason";
constexpr absl::string_view kFieldUrl = "starlift/field";
constexpr absl::string_view kMetadataUrl = "starlift/metadata";

const ReasonRow& RowOf(Reason reason) {
  for (const ReasonRow& row : kTable) {
    if (row.reason == reason) return row;
  }
  return kTable[std::size(kTable) - 1];
}

// Metadata travels inside the status as length-prefixed texts: "4:name3:val…".
std::string Pack(const ErrorMetadata& metadata) {
  std::string packed;
  for (const auto& [name, value] : metadata) {
    absl::StrAppend(&packed, name.size(), ":", name, value.size(), ":", value);
  }
  return packed;
}

std::string TakeText(std::string* packed) {
  const size_t colon = packed->find(':');
  if (colon == std::string::npos) {
    packed->clear();
    return "";
  }
  const size_t size = std::stoul(packed->substr(0, colon));
  std::string text = packed->substr(colon + 1, size);
  packed->erase(0, colon + 1 + size);
  return text;
}

}  // namespace

absl::Span<const ReasonRow> ReasonTable() { return kTable; }

absl::string_view ReasonName(Reason reason) { return RowOf(reason).name; }

Reason ParseReason(absl::string_view name) {
  for (const ReasonRow& row : kTable) {
    if (row.name == name) return row.reason;
  }
  return Reason::kInternal;
}

absl::Status Fail(Reason reason, absl::string_view message, ErrorMetadata metadata) {
  const ReasonRow& row = RowOf(reason);
  absl::Status status(row.code == Code::kOk ? Code::kInternal : row.code, message);
  status.SetPayload(kReasonUrl, absl::Cord(row.name));
  if (!metadata.empty()) status.SetPayload(kMetadataUrl, absl::Cord(Pack(metadata)));
  return status;
}

absl::Status FailField(Reason reason, absl::string_view field, absl::string_view message,
                       ErrorMetadata metadata) {
  absl::Status status = Fail(reason, message, std::move(metadata));
  status.SetPayload(kFieldUrl, absl::Cord(field));
  return status;
}

Reason ReasonOf(const absl::Status& status) {
  if (status.ok()) return Reason::kNone;
  const auto payload = status.GetPayload(kReasonUrl);
  return payload ? ParseReason(std::string(*payload)) : Reason::kInternal;
}

ErrorMetadata MetadataOf(const absl::Status& status) {
  ErrorMetadata metadata;
  const auto payload = status.GetPayload(kMetadataUrl);
  if (!payload) return metadata;
  std::string packed(*payload);
  while (!packed.empty()) {
    std::string name = TakeText(&packed);
    std::string value = TakeText(&packed);
    metadata.emplace_back(std::move(name), std::move(value));
  }
  return metadata;
}

std::string FieldOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kFieldUrl);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace starlift
