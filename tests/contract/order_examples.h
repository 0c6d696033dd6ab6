#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "domain/ledger/ledger.h"
#include "domain/order/order_machine.h"
#include "domain/order/ports/order_store.h"
#include "domain/payment/transfer.h"

namespace starlift {

// Orders, payments, invoices and transfers that any store takes. `name` tells them apart; the same
// name gives the same thing.
inline Order ExampleOrder(const TenantId& tenant, const std::string& name, absl::Time now) {
  Order order;
  order.id = OrderIdFor(tenant, name);
  order.tenant = tenant;
  order.request_id = name;
  order.product = {ProductType::kStars, 100, 0};
  order.recipient = "durov";
  order.quote.cost = Units(457'200'000);
  order.quote.network_reserve = Units(52'000'000);
  order.quote.total = Units(509'200'000);
  order.quote.max_total = Units(518'344'000);
  order.quote.tolerance_bps = 200;
  order.quote.quoted_at = now;
  order.quote.valid_until = now + absl::Minutes(10);
  order.sequence = 1;
  order.created_at = order.updated_at = now;
  order.expires_at = now + absl::Minutes(10);
  order.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return order;
}

inline NewOrder Unpaid(const TenantId& tenant, const std::string& name, absl::Time now) {
  NewOrder fresh;
  fresh.created.order = ExampleOrder(tenant, name, now);
  fresh.fingerprint = std::string(64, 'f');
  return fresh;
}

struct ExamplePayer {
  std::string wallet;  // raw address
  std::string session;
};

inline OrderChange Queued(Order order, const ExamplePayer& payer, absl::Time now) {
  order.payer.wallet_address = payer.wallet;
  order.payer.public_key_hex = std::string(64, 'a');
  order.session = SessionId(payer.session);
  order.execute_by = now + absl::Hours(24);
  OrderChange change;
  change.order = Move(order, OrderState::kQueued, now);
  change.ledger = {
      Hold(order.id, WalletAccount(payer.wallet), order.quote.asset, order.quote.max_total)};
  return change;
}

inline SecuredPayment Secured(const std::string& request_id, const ExamplePayer& payer) {
  SecuredPayment payment;
  payment.request_id = request_id;
  payment.fingerprint = std::string(64, 'e');
  payment.wallet_key = {"key0000000000001", "sealed key"};
  payment.session = SessionId(payer.session);
  payment.session_jar = {"key0000000000001", "sealed jar"};
  return payment;
}

inline NewOrder Paid(const TenantId& tenant, const std::string& name, const ExamplePayer& payer,
                     absl::Time now) {
  NewOrder fresh = Unpaid(tenant, name, now);
  fresh.queued = Queued(fresh.created.order, payer, now);
  fresh.payment = Secured(name, payer);
  return fresh;
}

// An order that the tenant's credit pays; it brings nothing.
inline NewOrder PaidByCredit(const TenantId& tenant, const std::string& name, absl::Time now) {
  NewOrder fresh = Unpaid(tenant, name, now);
  fresh.created.order.funding = Funding::kBalance;
  fresh.created.order.session_kind = SessionKind::kHouse;
  Order queued = Move(fresh.created.order, OrderState::kQueued, now);
  queued.execute_by = now + absl::Hours(24);
  const LedgerTransaction hold =
      Hold(queued.id, CreditAccount(tenant), queued.quote.asset, queued.quote.max_total);
  fresh.queued = OrderChange{queued, {hold}};
  fresh.payment.emplace();
  fresh.payment->request_id = name;
  fresh.payment->fingerprint = std::string(64, 'e');
  return fresh;
}

inline OrderChange Failed(const Order& order, absl::Time now) {
  return {Move(order, OrderState::kFailed, now, {Reason::kQueueTimeout, "no lane in time", {}}),
          {Void(order.id, WalletAccount(order.payer.wallet_address), order.quote.asset,
                order.quote.max_total)}};
}

inline Invoice ExampleInvoice(const Order& order, const std::string& name, absl::Time now) {
  Invoice invoice;
  invoice.order = order.id;
  invoice.fragment_request_id = absl::StrCat("req-", name);
  invoice.payee = absl::StrCat("0:", std::string(64, 'c'));
  invoice.amount = Units(457'000'000);
  invoice.payload_boc = std::string("\xb5\xee\x9c\x72\0\x01", 6);
  invoice.payload_hash = DerivedId("", {name});
  invoice.sender = order.payer.wallet_address;
  invoice.valid_until = now + absl::Minutes(30);
  invoice.confirm_method = "confirmReq";
  invoice.confirm_params = {{"id", invoice.fragment_request_id}, {"a", "\"b\\"}};
  invoice.state_was_not_done = true;
  return invoice;
}

inline Transfer ExampleTransfer(const std::string& wallet, int64_t seqno,
                                const std::vector<Invoice>& invoices, const std::string& name,
                                absl::Time now) {
  Transfer transfer;
  transfer.id = TransferId(DerivedId("trf_", {wallet, name}));
  transfer.wallet = wallet;
  transfer.seqno = seqno;
  transfer.valid_until = now + absl::Seconds(90);
  transfer.boc = std::string("\x00\xff boc", 6);
  transfer.message_hash = DerivedId("m", {wallet, name});
  transfer.normalized_hash = DerivedId("n", {wallet, name});
  transfer.start_lt = 41;
  for (size_t slot = 0; slot < invoices.size(); ++slot) {
    const Invoice& invoice = invoices[slot];
    transfer.payments.push_back({static_cast<int32_t>(slot), PaymentKind::kPurchase, invoice.order,
                                 invoice.payee, invoice.amount, invoice.payload_hash,
                                 Verdict::kLive});
  }
  return transfer;
}

}  // namespace starlift
