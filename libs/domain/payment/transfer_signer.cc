#include "domain/payment/transfer_signer.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "domain/payment/wallet_contract.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/mnemonic.h"

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

absl::Status CheckOwner(const ton::SigningKey& key, const Payer& payer, int32_t network_global_id) {
  const Payer owned = PayerFor(payer.version, key.public_key(), network_global_id);
  if (owned.public_key_hex == payer.public_key_hex &&
      owned.wallet_address == payer.wallet_address) {
    return absl::OkStatus();
  }
  return Fail(Reason::kWalletUnsupported, "the sealed key does not belong to the wallet");
}

}  // namespace

absl::Time ValidUntil(absl::Time chain_time, absl::Time own_time, absl::Time nearest_invoice,
                      const PaymentRules& rules) {
  const absl::Time wanted = std::min(chain_time, own_time) + rules.valid_for;
  return absl::FromUnixSeconds(absl::ToUnixSeconds(std::min(wanted, nearest_invoice)));
}

absl::Status CheckKey(const Secret& wallet_key, const Payer& payer, int32_t network_global_id) {
  if (wallet_key.size() != 32) return Fail(Reason::kInternal, "the wallet's key is malformed");
  return CheckOwner(ton::SigningKey(wallet_key.Reveal()), payer, network_global_id);
}

absl::StatusOr<Transfer> SignTransfer(const TransferPlan& plan, const Secret& wallet_key,
                                      const PaymentRules& rules, absl::Time now, Random& random) {
  Transfer transfer;
  SigningRequest request;
  for (const Invoice& invoice : plan.invoices) {
    ASSIGN_OR_RETURN(ton::OutMessage message, MessageFor(invoice));
    request.messages.push_back(std::move(message));
    transfer.payments.push_back(
        PaymentFor(invoice, static_cast<int32_t>(transfer.payments.size())));
  }
  RETURN_IF_ERROR(CheckDistinct(transfer.payments));
  request.version = plan.payer.version;
  request.network_global_id = rules.network_global_id;
  request.deployed = plan.wallet.deployed;
  request.seqno = plan.wallet.seqno;
  request.valid_until = plan.valid_until;

  if (wallet_key.size() != 32) return Fail(Reason::kInternal, "the wallet's key is malformed");
  const ton::SigningKey key(wallet_key.Reveal());
  RETURN_IF_ERROR(CheckOwner(key, plan.payer, rules.network_global_id));
  ASSIGN_OR_RETURN(const ton::SignedTransfer message, SignFor(key, request));

  transfer.id = TransferId(NewId("tr_", absl::ToUnixMillis(now), random));
  transfer.wallet = plan.payer.wallet_address;
  transfer.seqno = plan.wallet.seqno;
  transfer.valid_until = plan.valid_until;
  transfer.boc.assign(message.boc.begin(), message.boc.end());
  transfer.message_hash = ton::HexOf(message.message_hash);
  transfer.normalized_hash = ton::HexOf(message.normalized_hash);
  transfer.start_lt = plan.start_lt;
  transfer.created_at = now;
  return transfer;
}

}  // namespace starlift
