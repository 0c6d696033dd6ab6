#include "domain/order/intake_payment.h"

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "ton/address.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

constexpr absl::string_view kMnemonicField = "payment.mnemonic";
constexpr absl::string_view kPasswordField = "payment.mnemonic_password";

// ton reports a fault by its name; callers get it as the error's cause.
absl::Status MnemonicError(const absl::Status& status) {
  if (status.ok() || !absl::IsInvalidArgument(status)) return status;
  return FailField(Reason::kInvalidMnemonic, kMnemonicField, "the phrase is no TON mnemonic",
                   {{"cause", std::string(status.message())}});
}

absl::Status WrongCount(absl::string_view message) {
  return FailField(
      Reason::kInvalidMnemonic, kMnemonicField, message,
      {{"cause", std::string(ton::MnemonicFaultName(ton::MnemonicFault::kWordCount))}});
}

// The words of a phrase that passes the cheap checks. They are secrets of their own, 25 at most:
// only for as long as somebody works with them.
absl::StatusOr<std::vector<Secret>> WordsOf(const PaymentDraft& draft) {
  if (draft.phrase.empty()) return WrongCount("the 24 words are required");
  if (draft.phrase.size() > kMostPhraseBytes) return WrongCount("the phrase is too long");
  if (draft.mnemonic_password.size() > kMostPhraseBytes) {
    return FailField(Reason::kInvalidField, kPasswordField,
                     "a phrase's password has at most 4,096 bytes");
  }
  std::vector<Secret> words = ton::SplitWords(draft.phrase.RevealString());
  RETURN_IF_ERROR(MnemonicError(ton::CheckMnemonic(words, draft.mnemonic_password)));
  return words;
}

}  // namespace

void CheckPaymentFields(const PaymentDraft& draft, FieldMistakes* mistakes) {
  mistakes->Add(kMnemonicField, WordsOf(draft).status());
  mistakes->Add("payment.fragment_cookies", ParseSessionCookies(draft.cookies).status());
}

PaymentIntake::PaymentIntake(KeyStretcher& stretcher, Probes& probes, const Sealer& sealer,
                             IdentifySession identify, int32_t network_global_id)
    : stretcher_(stretcher),
      probes_(probes),
      sealer_(sealer),
      identify_(std::move(identify)),
      network_global_id_(network_global_id) {}

absl::Status PaymentIntake::CheckRoom() const {
  if (!stretcher_.Busy()) return absl::OkStatus();
  return Fail(Reason::kKeyStretchingBusy, "too many phrases are being turned into keys");
}

absl::StatusOr<OpenedWallet> PaymentIntake::OpenWallet(const PaymentDraft& draft) const {
  RETURN_IF_ERROR(CheckRoom());
  ASSIGN_OR_RETURN(const std::vector<Secret> words, WordsOf(draft));
  absl::StatusOr<ton::KeyPair> key = stretcher_.Stretch(words, draft.mnemonic_password);
  if (!key.ok()) return MnemonicError(key.status());
  OpenedWallet wallet;
  wallet.key = *std::move(key);
  const std::array<uint8_t, 32>& public_key = wallet.key.public_key;
  const uint32_t wallet_id = ton::WalletV5Id(network_global_id_);
  wallet.payer.wallet_address = ton::RawForm(ton::WalletV5Address(wallet_id, public_key));
  wallet.payer.version = draft.wallet_version;
  wallet.payer.public_key_hex =
      absl::BytesToHexString({reinterpret_cast<const char*>(public_key.data()), public_key.size()});
  return wallet;
}

absl::StatusOr<OpenedPayment> PaymentIntake::Open(const PaymentDraft& draft) const {
  OpenedPayment payment;
  ASSIGN_OR_RETURN(payment.cookies, ParseSessionCookies(draft.cookies));
  ASSIGN_OR_RETURN(payment.wallet, OpenWallet(draft));
  payment.session = identify_(payment.cookies.token);
  return payment;
}

absl::Status PaymentIntake::CheckWallet(const Payer& payer, Units required) const {
  const WalletProbe probe = probes_.ProbeWallet(payer.wallet_address);
  if (!probe.known) return absl::OkStatus();
  RETURN_IF_ERROR(probe.usable);
  if (probe.balance >= required) return absl::OkStatus();
  return Fail(Reason::kInsufficientBalance, "the wallet does not hold enough TON",
              {{"available", absl::StrCat(probe.balance.value())},
               {"required", absl::StrCat(required.value())}});
}

SecuredPayment PaymentIntake::Seal(const OpenedPayment& payment, const TenantId& tenant,
                                   const OrderId& order) const {
  SecuredPayment secured;
  secured.session = payment.session;
  secured.wallet_key =
      sealer_.Seal(payment.wallet.key.seed, {tenant, "order", order.value(), "wallet_key"});
  secured.session_jar = sealer_.Seal(payment.cookies.jar,
                                     {tenant, "session", payment.session.value(), "session_jar"});
  return secured;
}

}  // namespace starlift
