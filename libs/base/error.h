#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace starlift {

// Every reason that a caller can ever be given: in an RPC error's google.rpc.ErrorInfo, as an
// order's `reason`, in a webhook. Names are stable for ever; the text beside them is not. The table
// in error.cc gives each its gRPC code; proto/starlift/v1/error_reason.proto repeats the names for
// clients, and a test compares the two.
enum class Reason {
  kNone,
  // The request itself.
  kInvalidField,
  kRequestIdRequired,
  kRequestIdInvalid,
  kRequestIdReused,
  kInvalidUsername,
  kQuantityOutOfRange,
  kInvalidMnemonic,
  kInvalidCookies,
  kInvalidCallbackUrl,
  kInvalidPageToken,
  kCombinationNotAllowed,
  // Who asks.
  kApiKeyMissing,
  kApiKeyInvalid,
  kApiKeyExpired,
  kScopeMissing,
  // What is asked about.
  kOrderNotFound,
  kRecipientNotFound,
  kRecipientRefused,
  kAlreadySubscribed,
  // What stands in the way.
  kOrderExpired,
  kOrderAlreadyPaying,
  kOrderNotCancellable,
  kInsufficientBalance,
  kWalletUnsupported,
  kPriceAboveMaxTotal,
  kPriceChanged,
  kConcurrentRequest,
  kCreditInsufficient,
  kWalletsBothFunded,
  // Not built, or not in this installation.
  kProductNotAvailable,
  kFundingNotAvailable,
  kAssetNotAvailable,
  kSessionKindNotAvailable,
  kWalletVersionNotAvailable,
  // Cannot tell now.
  kPricesStale,
  kStorageUnavailable,
  kQuoteServiceUnavailable,
  kFragmentUnavailable,
  kChainUnavailable,
  kKeyStretchingBusy,
  kOverloaded,
  kShuttingDown,
  kDeadlineExceeded,
  // Why an order ended, or waits for a person.
  kCancelledByCaller,
  kNotPaidInTime,
  kQueueTimeout,
  kSessionDead,
  kKycRequired,
  kInvoiceMessageCount,
  kInvoiceWrongPayee,
  kInvoiceWrongSender,
  kInvoiceAmountTooHigh,
  kInvoiceWrongText,
  kInvoiceUnreadable,
  kInvoiceStateInit,
  kInvoiceExpiresTooSoon,
  kInvoiceReused,
  kInvoiceAttemptsExhausted,
  kPaymentAttemptsExhausted,
  kSpendingCeiling,
  kPaymentVerdictUnknown,
  kPaymentWithoutRecord,
  kDeliveryUnconfirmed,
  kWorkerCrashedRepeatedly,
  kPaymentReturned,
  // What an operator asks for.
  kTenantNotFound,
  kWalletNotFound,
  kNotInReview,
  kResolutionNotAllowed,
  // Ours.
  kInternal,
};

struct ReasonRow {
  Reason reason;
  absl::string_view name;  // UPPER_SNAKE_CASE, at most 63 characters
  absl::StatusCode code;
};

absl::Span<const ReasonRow> ReasonTable();
absl::string_view ReasonName(Reason reason);
// kInternal for a name that is not in the table.
Reason ParseReason(absl::string_view name);

using ErrorMetadata = std::vector<std::pair<std::string, std::string>>;

// A status with the code that belongs to the reason. `message` is for people and holds nothing
// secret and nothing internal; what a program may want (amounts, fields) goes into the metadata as
// well.
absl::Status Fail(Reason reason, absl::string_view message, ErrorMetadata metadata = {});

// A mistake in one field of a request: `field` is its path, as in "payment.mnemonic".
absl::Status FailField(Reason reason, absl::string_view field, absl::string_view message,
                       ErrorMetadata metadata = {});

// kNone for an OK status, kInternal for one that was not made by Fail.
Reason ReasonOf(const absl::Status& status);
ErrorMetadata MetadataOf(const absl::Status& status);
// "" when the error is not about a field.
std::string FieldOf(const absl::Status& status);

}  // namespace starlift
