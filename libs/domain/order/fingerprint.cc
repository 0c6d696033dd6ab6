#include "domain/order/fingerprint.h"

#include <sodium.h>

#include <array>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift {
namespace {

std::string Digest(const std::vector<std::string>& fields) {
  STARLIFT_CHECK(sodium_init() >= 0);
  std::string encoded;
  for (const std::string& field : fields) absl::StrAppend(&encoded, field.size(), ":", field);
  std::array<uint8_t, 32> digest;
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size(),
                     nullptr, 0);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string Text(absl::string_view text) { return std::string(text); }

std::string Fingerprint(const CreateInput& input, WalletChoice choice,
                        absl::string_view payer_address) {
  // The first field is the version of this list: a later one must not be taken for this one.
  std::vector<std::string> fields = {"create.1",
                                     Text(ProductTypeName(input.product.type)),
                                     absl::StrCat(input.product.quantity),
                                     absl::StrCat(input.product.months),
                                     input.recipient,
                                     Text(FundingName(input.funding)),
                                     Text(SessionKindName(input.session_kind)),
                                     Text(AssetName(input.asset)),
                                     absl::StrCat(input.max_total.value()),
                                     input.callback_url};
  if (input.payment.has_value()) {
    fields.push_back(Text(WalletChoiceName(choice)));
    fields.push_back(Text(payer_address));
  }
  return Digest(fields);
}

// The order does not say which wallet its request asked for, only which one it became.
bool AskedForAnotherWallet(const CreateInput& input, absl::string_view payer_address,
                           absl::string_view fingerprint) {
  for (WalletChoice choice : {WalletChoice::kV5R1, WalletChoice::kV4R2, WalletChoice::kAuto}) {
    if (Fingerprint(input, choice, payer_address) == fingerprint) return true;
  }
  return false;
}

}  // namespace

std::string CreateFingerprint(const CreateInput& input, absl::string_view payer_address) {
  return Fingerprint(
      input, input.payment.has_value() ? input.payment->wallet_version : WalletChoice::kUnspecified,
      payer_address);
}

std::string PayFingerprint(const OrderId& order, WalletChoice choice,
                           absl::string_view payer_address) {
  return Digest({"pay.1", order.value(), Text(WalletChoiceName(choice)), Text(payer_address)});
}

std::string PayerInFingerprint(const Order& order) {
  return order.funding == Funding::kBalance ? "" : order.payer.wallet_address;
}

std::string DifferingField(const CreateInput& input, absl::string_view payer_address,
                           const Order& stored, const MadeBy& made_by) {
  if (input.product != stored.product) return "product";
  if (input.recipient != stored.recipient) return "recipient";
  if (input.funding != stored.funding) return "funding";
  if (input.session_kind != stored.session_kind) return "session_kind";
  if (input.asset != stored.quote.asset) return "asset";
  if (input.callback_url != stored.callback_url) return "callback_url";
  if (input.payment.has_value() != made_by.paid) return "payment";
  if (made_by.paid && payer_address != PayerInFingerprint(stored)) return "payment.mnemonic";
  if (made_by.paid && AskedForAnotherWallet(input, payer_address, made_by.fingerprint)) {
    return "payment.wallet_version";
  }
  // What the order does not repeat word for word: the limit that was given, or that none was.
  return "max_total";
}

}  // namespace starlift
