#include "domain/payment/transfer_signer.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/mnemonic.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

// The payload cell is passed through as it came, never rebuilt from its text.
absl::StatusOr<ton::OutMessage> MessageFor(const Invoice& invoice) {
  ton::OutMessage message;
  ASSIGN_OR_RETURN(message.destination, ton::ParseAddress(invoice.payee));
  message.amount_nano = static_cast<uint64_t>(invoice.amount.value());
  message.bounce = false;  // pinned payees
  message.mode = 3;        // pay fees apart, and +2: skip what cannot be paid instead of failing
  const auto& boc = invoice.payload_boc;
  ASSIGN_OR_RETURN(message.body,
                   ton::ReadBoc({reinterpret_cast<const uint8_t*>(boc.data()), boc.size()}));
  return message;
}

absl::Status CheckDistinct(const std::vector<Payment>& payments) {
  std::set<std::tuple<std::string, Units, std::string>> seen;
  for (const Payment& payment : payments) {
    if (!seen.insert({payment.payee, payment.amount, payment.body_hash}).second) {
      return Fail(Reason::kInvoiceReused, "two payments of a transfer cannot be told apart");
    }
  }
  return absl::OkStatus();
}

Payment PaymentFor(const Invoice& invoice, int32_t slot) {
  Payment payment;
  payment.slot = slot;
  payment.order = invoice.order;
  payment.payee = invoice.payee;
  payment.amount = invoice.amount;
  payment.body_hash = invoice.payload_hash;
  return payment;
}

absl::StatusOr<ton::KeyPair> KeyOf(const Secret& wallet_key, const Payer& payer,
                                   uint32_t wallet_id) {
  if (wallet_key.size() != 32) return Fail(Reason::kInternal, "the wallet's key is malformed");
  ton::KeyPair key = ton::KeyPairFromSeed(wallet_key.Reveal());
  const bool same_key = ton::HexOf(key.public_key) == payer.public_key_hex;
  const bool same_wallet =
      ton::RawForm(ton::WalletV5Address(wallet_id, key.public_key)) == payer.wallet_address;
  if (!same_key || !same_wallet) {
    return Fail(Reason::kWalletUnsupported, "the sealed key does not belong to the wallet");
  }
  return key;
}

}  // namespace

absl::Time ValidUntil(absl::Time chain_time, absl::Time own_time, absl::Time nearest_invoice,
                      const PaymentRules& rules) {
  const absl::Time wanted = std::min(chain_time, own_time) + rules.valid_for;
  return absl::FromUnixSeconds(absl::ToUnixSeconds(std::min(wanted, nearest_invoice)));
}

absl::StatusOr<Transfer> SignTransfer(const TransferPlan& plan, const Secret& wallet_key,
                                      const PaymentRules& rules, absl::Time now, Random& random) {
  const uint32_t wallet_id = ton::WalletV5Id(rules.network_global_id);
  Transfer transfer;
  ton::WalletV5Request request;
  for (const Invoice& invoice : plan.invoices) {
    ASSIGN_OR_RETURN(ton::OutMessage message, MessageFor(invoice));
    request.messages.push_back(std::move(message));
    transfer.payments.push_back(
        PaymentFor(invoice, static_cast<int32_t>(transfer.payments.size())));
  }
  RETURN_IF_ERROR(CheckDistinct(transfer.payments));
  request.wallet_id = wallet_id;
  request.valid_until = static_cast<uint32_t>(absl::ToUnixSeconds(plan.valid_until));
  request.seqno = static_cast<uint32_t>(plan.wallet.seqno);

  ASSIGN_OR_RETURN(const ton::KeyPair key, KeyOf(wallet_key, plan.payer, wallet_id));
  ASSIGN_OR_RETURN(const ton::SignedTransfer message,
                   ton::SignWalletV5(key, request, !plan.wallet.deployed));

  const std::vector<uint8_t> bytes = ton::WriteBoc(message.external);
  transfer.id = TransferId(NewId("tr_", absl::ToUnixMillis(now), random));
  transfer.wallet = plan.payer.wallet_address;
  transfer.seqno = plan.wallet.seqno;
  transfer.valid_until = plan.valid_until;
  transfer.boc.assign(bytes.begin(), bytes.end());
  transfer.message_hash = ton::HexOf(message.message_hash);
  transfer.normalized_hash = ton::HexOf(message.normalized_hash);
  transfer.start_lt = plan.start_lt;
  transfer.created_at = now;
  return transfer;
}

}  // namespace starlift
