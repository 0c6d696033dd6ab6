#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "domain/payment/ports/lane_store.h"
#include "fakes/fake_database.h"

namespace starlift {

class FakeLaneStore final : public LaneStore {
 public:
  explicit FakeLaneStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet, absl::string_view owner,
                                            absl::Duration lease) override {
    const auto found = database_.lanes.find(std::string(wallet));
    const absl::Time now = database_.clock.Now();
    if (found == database_.lanes.end() || !found->second.lease.Takeable(owner, now)) {
      return std::optional<Lane>();
    }
    FakeLaneRow& row = found->second;
    row.lease.Take(owner, now + lease);
    row.called = false;
    Lane lane{found->first,   row.version, row.lease.fence, row.lease.owner,
              row.next_seqno, row.last_lt, row.shut,        std::nullopt};
    if (Transfer* unresolved = Unresolved(found->first)) lane.unresolved = *unresolved;
    return std::optional<Lane>(lane);
  }

  absl::StatusOr<std::optional<PayableOrder>> NextPayable(const Lane& lane) override {
    const FakeOrderRow* oldest = nullptr;
    for (const auto& [id, row] : database_.orders) {
      if (row.order.state != OrderState::kInvoiced) continue;
      if (row.order.payer.wallet_address != lane.wallet) continue;
      if (oldest == nullptr || row.order.queued_at < oldest->order.queued_at) oldest = &row;
    }
    if (oldest == nullptr) return std::optional<PayableOrder>();
    PayableOrder payable{oldest->order,
                         {},
                         oldest->wallet_key.value_or(SealedSecret{}),
                         database_.ProvisionallyDead(oldest->order.id)};
    for (const Invoice& invoice : database_.invoices) {
      if (invoice.order == oldest->order.id) payable.invoice = invoice;  // the newest
    }
    return std::optional<PayableOrder>(payable);
  }

  absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                              const std::vector<OrderChange>& orders) override {
    const FakeLaneRow* row = Held(lane);
    if (row == nullptr || row->shut) return FakeDatabase::TooLate();
    for (const OrderChange& change : orders) {
      RETURN_IF_ERROR(
          database_.Check(change, {{OrderState::kInvoiced}, std::nullopt, lane.wallet}));
    }
    if (!Admissible(*row, lane, transfer)) {
      return Fail(Reason::kInternal, "A constraint refused the transfer.");
    }
    database_.transfers[transfer.id.value()] = transfer;
    for (const OrderChange& change : orders) database_.Write(change);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Transfer>> FindTransfer(const TransferId& id) override {
    const auto found = database_.transfers.find(id.value());
    if (found == database_.transfers.end()) return std::optional<Transfer>();
    return std::optional<Transfer>(found->second);
  }

  absl::StatusOr<std::vector<Order>> OrdersOf(const Transfer& transfer) override {
    std::vector<Order> orders;
    for (const Payment& payment : transfer.payments) {
      if (payment.kind != PaymentKind::kPurchase) continue;
      if (const FakeOrderRow* row = database_.Row(payment.order)) orders.push_back(row->order);
    }
    return orders;
  }

  absl::StatusOr<std::optional<Order>> FindOrder(const OrderId& id) override {
    const FakeOrderRow* row = database_.Row(id);
    return row == nullptr ? std::optional<Order>() : std::optional<Order>(row->order);
  }

  absl::Status MarkSent(const Lane& lane, const TransferId& id) override {
    Transfer* unresolved = Unresolved(lane.wallet);
    if (Held(lane) == nullptr || unresolved == nullptr || unresolved->id != id) {
      return FakeDatabase::TooLate();
    }
    unresolved->sent_at = database_.clock.Now();
    ++unresolved->sends;
    return absl::OkStatus();
  }

  absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) override {
    FakeLaneRow* row = Held(lane);
    Transfer* unresolved = Unresolved(lane.wallet);
    if (row == nullptr || unresolved == nullptr || unresolved->id != resolution.transfer.id) {
      return FakeDatabase::TooLate();
    }
    RETURN_IF_ERROR(WriteOrders(lane, resolution.orders));
    const Transfer& judged = resolution.transfer;
    unresolved->verdict = judged.verdict;
    unresolved->provisional = judged.provisional;
    unresolved->unknown_since = judged.unknown_since;
    unresolved->payments = judged.payments;
    if (resolution.next_seqno) {
      Advance(lane.wallet, row, *resolution.next_seqno);
    }
    row->last_lt = std::max(row->last_lt, resolution.last_lt);
    SetShut(row, judged.verdict, resolution.shut);
    return absl::OkStatus();
  }

  absl::Status MoveWaiting(const Lane& lane, const OrderChange& change) override {
    if (Held(lane) == nullptr) return FakeDatabase::TooLate();
    RETURN_IF_ERROR(database_.Check(
        change, {{OrderState::kQueued, OrderState::kInvoiced}, std::nullopt, lane.wallet}));
    database_.Write(change);
    return absl::OkStatus();
  }

  absl::Status AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) override {
    FakeLaneRow* row = Held(lane);
    if (row == nullptr || row->next_seqno.value_or(0) > next_seqno) return FakeDatabase::TooLate();
    Advance(lane.wallet, row, next_seqno);
    row->last_lt = std::max(row->last_lt, last_lt);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<OrderId>> InvoiceOwner(absl::string_view payee,
                                                      absl::string_view payload_hash) override {
    for (const Invoice& invoice : database_.invoices) {
      if (invoice.payee == payee && invoice.payload_hash == payload_hash) {
        return std::optional<OrderId>(invoice.order);
      }
    }
    return std::optional<OrderId>();
  }

  absl::Status Release(const Lane& lane, absl::Time next_attempt) override {
    FakeLaneRow* row = Held(lane);
    if (row == nullptr || row->lease.owner != lane.owner) return FakeDatabase::TooLate();
    const bool wanted = row->called && !row->shut && Unresolved(lane.wallet) == nullptr;
    row->lease.Free();
    row->lease.due = wanted ? database_.clock.Now() : next_attempt;
    return absl::OkStatus();
  }

  absl::Status ReleaseAndShut(const Lane& lane, Reason reason, absl::Time next_attempt) override {
    FakeLaneRow* row = Held(lane);
    if (row == nullptr) return FakeDatabase::TooLate();
    row->shut = true;
    row->shut_reason = reason;
    return Release(lane, next_attempt);
  }

 private:
  FakeLaneRow* Held(const Lane& lane) {
    const auto found = database_.lanes.find(lane.wallet);
    if (found == database_.lanes.end()) return nullptr;
    return found->second.lease.fence == lane.fence ? &found->second : nullptr;
  }

  Transfer* Unresolved(const std::string& wallet) {
    for (auto& [id, transfer] : database_.transfers) {
      const bool open = transfer.verdict == Verdict::kLive || transfer.verdict == Verdict::kUnknown;
      if (transfer.wallet == wallet && open) return &transfer;
    }
    return nullptr;
  }

  // The constraints of money rules 5 and 7.
  bool Admissible(const FakeLaneRow& row, const Lane& lane, const Transfer& transfer) {
    if (transfer.wallet != lane.wallet || Unresolved(lane.wallet) != nullptr) return false;
    if (row.next_seqno && *row.next_seqno != transfer.seqno) return false;
    for (const auto& [id, other] : database_.transfers) {
      if (other.normalized_hash == transfer.normalized_hash || other.id == transfer.id)
        return false;
      const bool same_place = other.wallet == transfer.wallet && other.seqno == transfer.seqno;
      if (same_place && other.verdict != Verdict::kDead) return false;
      for (const Payment& theirs : other.payments) {
        if (theirs.kind != PaymentKind::kPurchase || !FakeDatabase::Pays(transfer, theirs.order)) {
          continue;
        }
        if (theirs.verdict != Verdict::kDead || (other.provisional && !same_place)) return false;
      }
    }
    return true;
  }

  // Checks all before it writes any: several moves of one order follow each other.
  absl::Status WriteOrders(const Lane& lane, const std::vector<OrderChange>& changes) {
    const std::map<std::string, FakeOrderRow> before = database_.orders;
    const auto ledger = database_.ledger.size();
    const auto deliveries = database_.deliveries.size();
    const std::map<std::string, FakeSessionRow> sessions = database_.sessions;
    std::map<std::string, OrderState> moved;
    for (const OrderChange& change : changes) {
      FakeGuard guard{{OrderState::kPaying, OrderState::kNeedsReview}, std::nullopt, lane.wallet};
      const auto earlier = moved.find(change.order.id.value());
      if (earlier != moved.end()) guard.from = {earlier->second};
      if (const absl::Status status = database_.Check(change, guard); !status.ok()) {
        database_.orders = before;
        database_.sessions = sessions;
        database_.ledger.resize(ledger);
        database_.deliveries.resize(deliveries);
        return status;
      }
      database_.Write(change);
      moved[change.order.id.value()] = change.order.state;
    }
    return absl::OkStatus();
  }

  // A verdict opens what its absence had shut.
  static void SetShut(FakeLaneRow* row, Verdict verdict, bool shut) {
    const bool proved = verdict == Verdict::kPaid || verdict == Verdict::kDead;
    if (proved && row->shut_reason == Reason::kPaymentVerdictUnknown) {
      row->shut = false;
      row->shut_reason = Reason::kNone;
    } else if (shut && !row->shut) {
      row->shut = true;
      row->shut_reason = Reason::kPaymentVerdictUnknown;
    }
  }

  void Advance(const std::string& wallet, FakeLaneRow* row, int64_t next_seqno) {
    row->next_seqno = std::max(row->next_seqno.value_or(0), next_seqno);
    for (auto& [id, transfer] : database_.transfers) {
      if (transfer.wallet == wallet && transfer.seqno < next_seqno) transfer.provisional = false;
    }
  }

  FakeDatabase& database_;
};

}  // namespace starlift
