#pragma once

#include <optional>

#include "domain/fulfillment/ports/purchase_store.h"
#include "fakes/fake_database.h"

namespace starlift {

class FakePurchaseStore final : public PurchaseStore {
 public:
  explicit FakePurchaseStore(FakeDatabase& database) : database_(database) {}

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
    const SessionId& id = claimed.order.session;
    FakeSessionRow& session = database_.sessions[id.value()];
    const std::string& order = claimed.order.id.value();
    if (!session.open_order.empty() && session.open_order != order) {
      return std::optional<SessionLease>();
    }
    session.open_order = order;
    const FakeJarRow& jar = session.JarOf(claimed.order.tenant);
    if (!jar.jar) return Fail(Reason::kSessionDead, "The session's cookies are gone.");
    return std::optional<SessionLease>(
        {id, *jar.jar, jar.jar_tenant, jar.jar_version, session.foreign_payer});
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
    database_.invoices.push_back(invoice);
    database_.Write(invoiced);
    CallLane(invoiced.order.payer);
    return absl::OkStatus();
  }

  absl::Status Save(const ClaimedOrder& claimed, const OrderChange& change) override {
    RETURN_IF_ERROR(database_.Check(change, GuardOf(claimed)));
    database_.Write(change);
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
    for (const auto& [transfer_id, transfer] : database_.transfers) {
      for (const Payment& payment : transfer.payments) {
        if (payment.order != id || payment.verdict != Verdict::kPaid) continue;
        for (const Invoice& invoice : database_.invoices) {
          if (invoice.order == id && invoice.payee == payment.payee &&
              invoice.payload_hash == payment.body_hash) {
            return std::optional<PaidInvoice>({invoice, transfer.boc});
          }
        }
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

  void CallLane(const Payer& payer) {
    FakeLaneRow& lane = database_.lanes[payer.wallet_address];
    lane.version = payer.version;
    lane.called = true;
    for (const auto& [id, transfer] : database_.transfers) {
      const bool open = transfer.verdict == Verdict::kLive || transfer.verdict == Verdict::kUnknown;
      if (transfer.wallet == payer.wallet_address && open) return;
    }
    lane.lease.due = std::min(lane.lease.due, database_.clock.Now());
  }

  FakeDatabase& database_;
};

}  // namespace starlift
