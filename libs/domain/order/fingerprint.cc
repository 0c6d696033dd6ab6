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

}  // namespace

std::string CreateFingerprint(const CreateInput& input, absl::string_view payer_address) {
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
    fields.push_back(Text(WalletVersionName(input.payment->wallet_version)));
    fields.push_back(Text(payer_address));
  }
  return Digest(fields);
}

std::string PayFingerprint(const OrderId& order, WalletVersion version,
                           absl::string_view payer_address) {
  return Digest({"pay.1", order.value(), Text(WalletVersionName(version)), Text(payer_address)});
}

std::string DifferingField(const CreateInput& input, absl::string_view payer_address,
                           const Order& stored, bool created_paid) {
  if (input.product != stored.product) return "product";
  if (input.recipient != stored.recipient) return "recipient";
  if (input.funding != stored.funding) return "funding";
  if (input.session_kind != stored.session_kind) return "session_kind";
  if (input.asset != stored.quote.asset) return "asset";
  if (input.callback_url != stored.callback_url) return "callback_url";
  if (input.payment.has_value() != created_paid) return "payment";
  if (created_paid && payer_address != stored.payer.wallet_address) return "payment.mnemonic";
  // What the order does not repeat word for word: the limit that was given, or that none was.
  return "max_total";
}

}  // namespace starlift
