#pragma once

#include <optional>

#include "domain/fulfillment/ports/purchase_store.h"
#include "fakes/fake_database.h"
#include "fakes/fake_places.h"

namespace starlift {

class FakePurchaseStore final : public PurchaseStore {
 public:
  explicit FakePurchaseStore(FakeDatabase& database) : database_(database), places_(database) {}

  absl::StatusOr<std::optional<ClaimedOrder>> Claim(const OrderId& id, absl::string_view owner,
                                                    absl::Duration lease) override {
    FakeOrderRow* row = database_.Row(id);
    const absl::Time now = database_.clock.Now();
    if (row == nullptr || !Workable(*row, now) || !row->lease.Takeable(owner, now)) {
      return std::optional<ClaimedOrder>();
    }
    if (!row->lease.owner.empty() && row->lease.owner != owner) ++row->crashes;
    row->lease.Take(owner, now + lease);
    return std::optional<ClaimedOrder>({row->order, std::string(owner), row->lease.fence,
                                        row->crashes, row->tries, database_.MustHold(row->order)});
  }

  absl::StatusOr<std::optional<SessionLease>> AcquireSession(const ClaimedOrder& claimed) override {
    if (!Held(claimed)) return FakeDatabase::TooLate();
    return places_.Acquire(database_.Row(claimed.order.id));
  }

  absl::StatusOr<bool> GiveUpSession(const ClaimedOrder& claimed,
                                     const SessionLease& lease) override {
    if (!Held(claimed)) return FakeDatabase::TooLate();
    return places_.GiveUp(database_.Row(claimed.order.id), lease);
  }

  absl::StatusOr<HistoryRivals> FindRivals(const Order& order) override {
    return places_.RivalsOf(order);
  }

  absl::StatusOr<bool> SaveJar(const SessionLease& lease, const SealedSecret& jar) override {
    FakeJarRow& row = database_.sessions[lease.session.value()].JarOf(lease.jar_tenant);
    if (row.jar_version != lease.jar_version || !row.jar) return false;
    row.jar = jar;
    ++row.jar_version;
    return true;
  }

  absl::Status SaveInvoice(const ClaimedOrder& claimed, const OrderChange& invoiced,
                           const Invoice& invoice) override {
    RETURN_IF_ERROR(database_.Check(invoiced, GuardOf(claimed)));
    for (auto known = database_.invoices.begin(); known != database_.invoices.end(); ++known) {
      const bool same_request = known->fragment_request_id == invoice.fragment_request_id;
      const bool same_payload =
          known->payee == invoice.payee && known->payload_hash == invoice.payload_hash;
      if (!same_request && !same_payload) continue;
      if (!same_request || !same_payload || known->order != invoice.order) {
        return Fail(Reason::kInvoiceReused, "The invoice belongs to another order.");
      }
      database_.invoices.erase(known);
      break;
    }
    database_.delivered_before[invoice.fragment_request_id] =
        places_.DeliveredBefore(invoiced.order, invoice);
    database_.invoices.push_back(invoice);
    database_.Write(invoiced);
    database_.CallLane(invoiced.order.payer);
    return absl::OkStatus();
  }

  absl::Status Save(const ClaimedOrder& claimed, const OrderChange& change) override {
    RETURN_IF_ERROR(database_.Check(change, GuardOf(claimed)));
    database_.Write(change);
    const Order& order = database_.Row(change.order.id)->order;
    if (order.state == OrderState::kNeedsReview && !order.payer.wallet_address.empty() &&
        order.paid_at == absl::InfiniteFuture()) {
      database_.AddLane(order.payer);
      database_.WakeLane(order.payer.wallet_address);
    }
    return absl::OkStatus();
  }

  absl::Status Renew(const ClaimedOrder& claimed, absl::Duration lease) override {
    FakeOrderRow* row = database_.Row(claimed.order.id);
    if (!Held(claimed) || row->lease.owner != claimed.owner) return FakeDatabase::TooLate();
    row->lease.until = database_.clock.Now() + lease;
    return absl::OkStatus();
  }

  absl::Status Postpone(const ClaimedOrder& claimed, absl::Time next_attempt) override {
    FakeOrderRow* row = database_.Row(claimed.order.id);
    if (!Held(claimed) || row->lease.owner != claimed.owner) return FakeDatabase::TooLate();
    row->lease.Free();
    row->lease.due = next_attempt;
    row->crashes = 0;
    ++row->tries;
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<PaidInvoice>> FindPaidInvoice(const OrderId& id) override {
    const auto paying = database_.paying_of.find(id.value());
    if (paying == database_.paying_of.end()) return std::optional<PaidInvoice>();
    for (const std::string& transfer_id : paying->second) {
      const Transfer& transfer = database_.transfers.at(transfer_id);
      for (const Payment& payment : transfer.payments) {
        if (payment.order != id || payment.verdict != Verdict::kPaid) continue;
        const Invoice* invoice = database_.invoices.OfPayload(payment.payee, payment.body_hash);
        if (invoice == nullptr || invoice->order != id) continue;
        return std::optional<PaidInvoice>({*invoice, transfer.boc});
      }
    }
    return std::optional<PaidInvoice>();
  }

 private:
  static bool Workable(const FakeOrderRow& row, absl::Time now) {
    switch (row.order.state) {
      case OrderState::kAwaitingPayment:
        return row.order.expires_at <= now;
      case OrderState::kQueued:
      case OrderState::kPaid:
      case OrderState::kNeedsReview:
        return true;
      default:
        return false;
    }
  }

  static FakeGuard GuardOf(const ClaimedOrder& claimed) {
    return {{claimed.order.state}, claimed.fence, ""};
  }

  bool Held(const ClaimedOrder& claimed) {
    const FakeOrderRow* row = database_.Row(claimed.order.id);
    return row != nullptr && row->lease.fence == claimed.fence &&
           row->order.state == claimed.order.state;
  }

  FakeDatabase& database_;
  FakePlaces places_;
};

}  // namespace starlift
