#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/money.h"
#include "base/secret.h"
#include "domain/order/field_mistakes.h"
#include "domain/order/order.h"
#include "domain/order/product.h"

namespace starlift {

// The longest phrase, and the longest password of one, in bytes.
inline constexpr size_t kMostPhraseBytes = 4096;

// Which of a phrase's wallets is to pay. kAuto: the one that is in use, by what the chain shows.
enum class WalletChoice { kUnspecified, kV5R1, kV4R2, kAuto };
// "v5r1" (also for kUnspecified), "v4r2", "auto": what a request's fingerprint holds.
absl::string_view WalletChoiceName(WalletChoice choice);

// What a caller brings to pay with, as it came; everything in it but the version is secret. The
// phrase is one secret with white space between its words: each secret costs four mappings of
// memory, of which a process has some 65,000. An order of `balance` is paid with an empty one.
struct PaymentDraft {
  Secret phrase;
  Secret mnemonic_password;  // nearly always empty
  WalletChoice wallet_version = WalletChoice::kUnspecified;
  Secret cookies;  // a Cookie header string
};

// An order as it is asked for. `mistakes` holds what the transport could not even map.
struct CreateInput {
  std::string request_id;
  Product product;
  std::string recipient;
  Funding funding = Funding::kWallet;
  SessionKind session_kind = SessionKind::kOwn;
  Asset asset = Asset::kTon;
  Units max_total;  // 0: none given
  std::string callback_url;
  std::optional<PaymentDraft> payment;
  bool validate_only = false;
  std::string traceparent;
  FieldMistakes mistakes;
};

struct PayInput {
  OrderId order;
  std::string request_id;
  PaymentDraft payment;
  FieldMistakes mistakes;
};

// Which URLs may be called back: OK, or why not.
using CallbackCheck = std::function<absl::Status(absl::string_view url)>;

// INVALID_ARGUMENT REQUEST_ID_REQUIRED or REQUEST_ID_INVALID: 1 to 64 of [A-Za-z0-9._:-].
absl::Status CheckRequestId(absl::string_view request_id);

// Adds every mistake to `input->mistakes` and writes the recipient in its normal form.
void CheckFields(CreateInput* input, const ProductLimits& limits, const CallbackCheck& callback);

// The funding table: INVALID_ARGUMENT COMBINATION_NOT_ALLOWED for what it does not hold,
// UNIMPLEMENTED with the reason for what it holds but this version does not do.
absl::Status CheckOffered(const CreateInput& input);
absl::Status CheckOfferedProduct(ProductType type);
absl::Status CheckOfferedAsset(Asset asset);

}  // namespace starlift
