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
constexpr size_t kMostPhraseBytes = 4096;

// One word each, or one text with all of them.
std::vector<Secret> WordsOf(const PaymentDraft& draft) {
  if (draft.mnemonic.size() == 1) return ton::SplitWords(draft.mnemonic[0].RevealString());
  std::vector<Secret> words;
  for (const Secret& word : draft.mnemonic) words.push_back(word.Clone());
  return words;
}

size_t PhraseBytes(const PaymentDraft& draft) {
  size_t size = draft.mnemonic_password.size();
  for (const Secret& word : draft.mnemonic) size += word.size();
  return size;
}

// ton reports a fault by its name; callers get it as the error's cause.
absl::Status MnemonicError(const absl::Status& status) {
  if (status.ok() || !absl::IsInvalidArgument(status)) return status;
  return FailField(Reason::kInvalidMnemonic, kMnemonicField, "the phrase is no TON mnemonic",
                   {{"cause", std::string(status.message())}});
}

absl::Status CheckPhrase(const PaymentDraft& draft) {
  if (draft.mnemonic.empty()) {
    return FailField(
        Reason::kInvalidMnemonic, kMnemonicField, "the 24 words are required",
        {{"cause", std::string(ton::MnemonicFaultName(ton::MnemonicFault::kWordCount))}});
  }
  if (PhraseBytes(draft) > kMostPhraseBytes) {
    return FailField(
        Reason::kInvalidMnemonic, kMnemonicField, "the phrase is too long",
        {{"cause", std::string(ton::MnemonicFaultName(ton::MnemonicFault::kWordCount))}});
  }
  return MnemonicError(ton::CheckMnemonic(WordsOf(draft), draft.mnemonic_password));
}

}  // namespace

void CheckPaymentFields(const PaymentDraft& draft, FieldMistakes* mistakes) {
  mistakes->Add(kMnemonicField, CheckPhrase(draft));
  mistakes->Add("payment.fragment_cookies", ParseSessionCookies(draft.cookies).status());
}

PaymentIntake::PaymentIntake(KeyStretcher& stretcher, Probes& probes, const Sealer& sealer,
                             IdentifySession identify, int32_t network_global_id)
    : stretcher_(stretcher),
      probes_(probes),
      sealer_(sealer),
      identify_(std::move(identify)),
      network_global_id_(network_global_id) {}

absl::StatusOr<OpenedWallet> PaymentIntake::OpenWallet(const PaymentDraft& draft) const {
  RETURN_IF_ERROR(CheckPhrase(draft));
  absl::StatusOr<ton::KeyPair> key = stretcher_.Stretch(WordsOf(draft), draft.mnemonic_password);
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
