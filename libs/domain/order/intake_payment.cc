#include "domain/order/intake_payment.h"

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "ton/address.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

constexpr absl::string_view kMnemonicField = "payment.mnemonic";
constexpr absl::string_view kPasswordField = "payment.mnemonic_password";
constexpr absl::string_view kVersionField = "payment.wallet_version";
constexpr absl::string_view kCookiesField = "payment.fragment_cookies";

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

absl::Status CheckProbe(const WalletProbe& probe, Units required) {
  RETURN_IF_ERROR(probe.usable);
  if (probe.balance >= required) return absl::OkStatus();
  return Fail(Reason::kInsufficientBalance, "the wallet does not hold enough TON",
              {{"available", absl::StrCat(probe.balance.value())},
               {"required", absl::StrCat(required.value())}});
}

}  // namespace

void CheckPaymentFields(const PaymentDraft& draft, FieldMistakes* mistakes) {
  mistakes->Add(kMnemonicField, WordsOf(draft).status());
  mistakes->Add(kCookiesField, ParseSessionCookies(draft.cookies).status());
}

void CheckEmptyPayment(const PaymentDraft& draft, FieldMistakes* mistakes) {
  const auto check = [mistakes](absl::string_view field, bool given) {
    if (!given) return;
    mistakes->Add(Reason::kInvalidField, field,
                  "must be left out: funding balance pays from the tenant's credit");
  };
  check(kMnemonicField, !draft.phrase.empty());
  check(kPasswordField, !draft.mnemonic_password.empty());
  check(kVersionField, draft.wallet_version != WalletChoice::kUnspecified);
  check(kCookiesField, !draft.cookies.empty());
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

absl::StatusOr<ton::KeyPair> PaymentIntake::OpenKey(const PaymentDraft& draft) const {
  RETURN_IF_ERROR(CheckRoom());
  ASSIGN_OR_RETURN(const std::vector<Secret> words, WordsOf(draft));
  absl::StatusOr<ton::KeyPair> key = stretcher_.Stretch(words, draft.mnemonic_password);
  if (!key.ok()) return MnemonicError(key.status());
  return key;
}

absl::StatusOr<OpenedPayment> PaymentIntake::Open(const PaymentDraft& draft) const {
  OpenedPayment payment;
  ASSIGN_OR_RETURN(payment.cookies, ParseSessionCookies(draft.cookies));
  ASSIGN_OR_RETURN(payment.key, OpenKey(draft));
  payment.session = identify_(payment.cookies.token);
  return payment;
}

Payer PaymentIntake::PayerOf(const ton::KeyPair& key, WalletVersion version) const {
  const std::array<uint8_t, 32>& public_key = key.public_key;
  Payer payer;
  payer.wallet_address =
      ton::RawForm(version == WalletVersion::kV4R2
                       ? ton::WalletV4Address(public_key)
                       : ton::WalletV5Address(ton::WalletV5Id(network_global_id_), public_key));
  payer.version = version;
  payer.public_key_hex =
      absl::BytesToHexString({reinterpret_cast<const char*>(public_key.data()), public_key.size()});
  return payer;
}

bool PaymentIntake::Owns(const ton::KeyPair& key, const Payer& payer) const {
  return PayerOf(key, payer.version).wallet_address == payer.wallet_address;
}

absl::Status PaymentIntake::ChooseWallet(WalletChoice choice, Units required,
                                         OpenedPayment* payment) const {
  if (choice == WalletChoice::kAuto) return ChooseByChain(required, payment);
  payment->payer = PayerOf(
      payment->key, choice == WalletChoice::kV4R2 ? WalletVersion::kV4R2 : WalletVersion::kV5R1);
  const WalletProbe probe = probes_.ProbeWallet(payment->payer.wallet_address);
  return probe.known ? CheckProbe(probe, required) : absl::OkStatus();
}

// Money counts before use: whoever moved from one wallet to the other has used both. To guess here
// could pay from the wrong wallet, so what cannot be seen is not guessed.
absl::Status PaymentIntake::ChooseByChain(Units required, OpenedPayment* payment) const {
  const Payer payers[] = {PayerOf(payment->key, WalletVersion::kV5R1),
                          PayerOf(payment->key, WalletVersion::kV4R2)};
  const std::vector<WalletProbe> probes =
      probes_.ProbeWallets({payers[0].wallet_address, payers[1].wallet_address});
  if (probes.size() != 2 || !probes[0].known || !probes[1].known) {
    return Fail(Reason::kQuoteServiceUnavailable,
                "the phrase's wallets cannot be looked at now: name the version, or call again");
  }
  const bool funded[] = {probes[0].balance > Units(0), probes[1].balance > Units(0)};
  if (funded[0] && funded[1]) {
    return Fail(Reason::kWalletsBothFunded,
                "the phrase's V5R1 and V4R2 wallets both hold money: name the version",
                {{"v5r1", absl::StrCat(probes[0].balance.value())},
                 {"v4r2", absl::StrCat(probes[1].balance.value())}});
  }
  const bool used = !probes[0].active && probes[1].active;
  const size_t chosen = funded[1] || (!funded[0] && used) ? 1 : 0;
  payment->payer = payers[chosen];
  return CheckProbe(probes[chosen], required);
}

SecuredPayment PaymentIntake::Seal(const OpenedPayment& payment, const TenantId& tenant,
                                   const OrderId& order) const {
  SecuredPayment secured;
  secured.session = payment.session;
  secured.wallet_key =
      sealer_.Seal(payment.key.seed, {tenant, "order", order.value(), "wallet_key"});
  secured.session_jar = sealer_.Seal(payment.cookies.jar,
                                     {tenant, "session", payment.session.value(), "session_jar"});
  return secured;
}

}  // namespace starlift
