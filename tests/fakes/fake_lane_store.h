#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <tuple>
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
    if (found == database_.lanes.end() || !found->second.lease.Takeable(owner, now) ||
        found->second.cool_until > now + absl::Milliseconds(20)) {
      return std::optional<Lane>();
    }
    FakeLaneRow& row = found->second;
    row.lease.Take(owner, now + lease);
    row.called = false;
    return std::optional<Lane>(LaneOf(found->first, row));
  }

  absl::StatusOr<std::vector<PayableOrder>> NextPayables(const Lane& lane, int limit) override {
    std::vector<PayableOrder> payables;
    for (const FakeOrderRow* row : InTurn(Rows(database_.waiting_of, lane.wallet()), limit)) {
      PayableOrder& payable = payables.emplace_back();
      payable.order = row->order;
      if (const Invoice* invoice = database_.invoices.NewestOf(row->order.id)) {
        payable.invoice = *invoice;
      }
      if (!lane.house) payable.wallet_key = row->wallet_key.value_or(SealedSecret{});
      const auto session = database_.sessions.find(row->order.session.value());
      payable.foreign_payer_allowed =
          session != database_.sessions.end() && session->second.foreign_payer;
      payable.hold_money = database_.ProvisionallyDead(row->order.id);
    }
    return payables;
  }

  absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                              const std::vector<OrderChange>& orders) override {
    const FakeLaneRow* row = Held(lane);
    if (!SameOrders(transfer, orders)) {
      return Fail(Reason::kInternal, "The transfer and the orders' moves do not match.");
    }
    if (row == nullptr || row->shut) return FakeDatabase::TooLate();
    RETURN_IF_ERROR(
        database_.CheckAll(orders, {{OrderState::kInvoiced}, std::nullopt, lane.wallet()}));
    RETURN_IF_ERROR(CheckTransfer(*row, lane, transfer));
    database_.AddTransfer(transfer);
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
    Transfer* unresolved = database_.Unresolved(lane.wallet());
    if (Held(lane) == nullptr || unresolved == nullptr || unresolved->id != id) {
      return FakeDatabase::TooLate();
    }
    unresolved->sent_at = database_.clock.Now();
    ++unresolved->sends;
    return absl::OkStatus();
  }

  absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) override {
    FakeLaneRow* row = Held(lane);
    const Transfer& judged = resolution.transfer;
    Transfer* unresolved = database_.Unresolved(lane.wallet());
    if (row == nullptr || unresolved == nullptr || unresolved->id != judged.id) {
      return FakeDatabase::TooLate();
    }
    if (judged.provisional && judged.verdict != Verdict::kDead) {
      return FakeDatabase::Refused("transfers_check");
    }
    const FakeGuard guard{
        {OrderState::kPaying, OrderState::kNeedsReview}, std::nullopt, lane.wallet()};
    RETURN_IF_ERROR(database_.CheckAll(resolution.orders, guard));
    SetVerdict(judged, unresolved);
    Note(judged, resolution);
    for (const OrderChange& change : resolution.orders) database_.Write(change);
    if (resolution.next_seqno) Advance(lane.wallet(), row, *resolution.next_seqno);
    if (resolution.next_seqno) EndLost(lane.wallet(), *resolution.next_seqno - 1);
    row->last_lt = std::max(row->last_lt, resolution.last_lt);
    SetShut(row, judged.verdict, resolution.shut);
    if (resolution.displaced) Displace(row);
    if (resolution.cool_down > absl::ZeroDuration()) {
      row->cool_until = database_.clock.Now() + resolution.cool_down;
    }
    return absl::OkStatus();
  }

  absl::Status Resurrect(const Lane& lane, const LaneResurrection& resurrection) override {
    FakeLaneRow* row = Held(lane);
    const auto winner = database_.transfers.find(resurrection.winner.id.value());
    if (row == nullptr || winner == database_.transfers.end() ||
        winner->second.wallet != lane.wallet() || winner->second.verdict != Verdict::kDead) {
      return FakeDatabase::TooLate();
    }
    if (resurrection.loser && !DeadForGood(*resurrection.loser)) {
      return Fail(Reason::kInternal, "The loser of a seqno is dead for good.");
    }
    if (resurrection.loser && !MayLose(*resurrection.loser, winner->second)) {
      return FakeDatabase::TooLate();
    }
    RETURN_IF_ERROR(CheckWinner(resurrection));
    const FakeGuard guard{
        {OrderState::kQueued, OrderState::kInvoiced, OrderState::kPaying, OrderState::kNeedsReview},
        std::nullopt,
        lane.wallet()};
    RETURN_IF_ERROR(database_.CheckAll(resurrection.orders, guard));
    if (resurrection.loser) {
      SetVerdict(*resurrection.loser, Row(*resurrection.loser));
      database_.transfer_notes[resurrection.loser->id.value()].evidence = resurrection.evidence;
    }
    SetVerdict(resurrection.winner, &winner->second);
    Note(resurrection.winner, resurrection);
    for (const OrderChange& change : resurrection.orders) database_.Write(change);
    Advance(lane.wallet(), row, resurrection.next_seqno);
    EndLost(lane.wallet(), resurrection.next_seqno - 1);
    row->last_lt = std::max(row->last_lt, resurrection.last_lt);
    if (resurrection.loser) SetShut(row, Verdict::kDead, false);
    return absl::OkStatus();
  }

  absl::Status MoveWaiting(const Lane& lane, absl::Span<const OrderChange> changes) override {
    if (Held(lane) == nullptr) return FakeDatabase::TooLate();
    const FakeGuard guard{{OrderState::kQueued, OrderState::kInvoiced, OrderState::kNeedsReview},
                          std::nullopt,
                          lane.wallet()};
    RETURN_IF_ERROR(database_.CheckAll(changes, guard));
    for (const OrderChange& change : changes) {
      const FakeOrderRow& row = *database_.Row(change.order.id);
      if (row.order.state == OrderState::kNeedsReview && !NeverPaid(row)) {
        return FakeDatabase::TooLate();
      }
    }
    for (const OrderChange& change : changes) database_.Write(change);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<HeldOrder>> HeldInReview(const Lane& lane, int limit) override {
    std::vector<const FakeOrderRow*> rows = Rows(database_.reviewed_of, lane.wallet());
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [&](const FakeOrderRow* row) { return !NeverPaid(*row); }),
               rows.end());
    std::sort(rows.begin(), rows.end(), [](const FakeOrderRow* a, const FakeOrderRow* b) {
      return std::tie(a->order.updated_at, a->order.id) <
             std::tie(b->order.updated_at, b->order.id);
    });
    std::vector<HeldOrder> held;
    for (const FakeOrderRow* row : rows) {
      if (held.size() == static_cast<size_t>(limit)) break;
      HeldOrder& order = held.emplace_back();
      order.order = row->order;
      if (!lane.house) order.wallet_key = row->wallet_key.value_or(SealedSecret{});
      order.hold_money = database_.ProvisionallyDead(row->order.id);
    }
    return held;
  }

  absl::Status AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) override {
    FakeLaneRow* row = Held(lane);
    if (row == nullptr || row->next_seqno.value_or(0) > next_seqno) return FakeDatabase::TooLate();
    Advance(lane.wallet(), row, next_seqno);
    row->last_lt = std::max(row->last_lt, last_lt);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<OrderId>> InvoiceOwner(absl::string_view payee,
                                                      absl::string_view payload_hash) override {
    const Invoice* invoice = database_.invoices.OfPayload(payee, payload_hash);
    return invoice == nullptr ? std::optional<OrderId>() : std::optional<OrderId>(invoice->order);
  }

  absl::StatusOr<std::set<std::string>> KnownTransfers(
      absl::Span<const std::string> normalized_hashes) override {
    std::set<std::string> known;
    for (const std::string& hash : normalized_hashes) {
      if (database_.transfer_of.contains(hash)) known.insert(hash);
    }
    return known;
  }

  absl::Status Release(const Lane& lane, absl::Time next_attempt) override {
    FakeLaneRow* row = Held(lane);
    if (row == nullptr || row->lease.owner != lane.owner) return FakeDatabase::TooLate();
    const bool wanted = row->called && database_.Unresolved(lane.wallet()) == nullptr;
    row->lease.Free();
    row->lease.due = std::max(wanted ? database_.clock.Now() : next_attempt, row->cool_until);
    return absl::OkStatus();
  }

  absl::Status ReleaseAndShut(const Lane& lane, Reason reason, absl::Time next_attempt,
                              int64_t accounted_lt) override {
    FakeLaneRow* row = Held(lane);
    if (row == nullptr || row->lease.owner != lane.owner) return FakeDatabase::TooLate();
    row->shut = true;
    row->shut_reason = reason;
    row->called = false;
    row->last_lt = std::max(row->last_lt, accounted_lt);
    return Release(lane, next_attempt);
  }

 private:
  FakeLaneRow* Held(const Lane& lane) {
    const auto found = database_.lanes.find(lane.wallet());
    if (found == database_.lanes.end()) return nullptr;
    return found->second.lease.fence == lane.fence ? &found->second : nullptr;
  }

  // A message of ours used the seqno: no lost one was executed under it.
  void EndLost(const std::string& wallet, int64_t seqno) {
    for (auto& [hash, lost] : database_.lost) {
      if (lost.line.wallet != wallet || lost.line.seqno != seqno ||
          !FakeDatabase::IsOpen(lost.verdict)) {
        continue;
      }
      lost.verdict = Verdict::kDead;
      lost.transaction_hash.clear();
      lost.paid_orders.clear();
      database_.judged_at[hash] = database_.clock.Now();
    }
  }

  Transfer* Row(const Transfer& transfer) {
    const auto found = database_.transfers.find(transfer.id.value());
    return found == database_.transfers.end() ? nullptr : &found->second;
  }

  Lane LaneOf(const std::string& wallet, const FakeLaneRow& row) {
    Lane lane;
    lane.payer = {wallet, row.version, row.public_key};
    lane.house = row.house;
    lane.fence = row.lease.fence;
    lane.owner = row.lease.owner;
    lane.next_seqno = row.next_seqno;
    lane.last_lt = row.last_lt;
    lane.shut = row.shut;
    if (const Transfer* unresolved = database_.Unresolved(wallet)) lane.unresolved = *unresolved;
    const std::vector<std::string>& all = database_.transfers_of[wallet];
    for (auto id = all.rbegin(); id != all.rend(); ++id) {
      const Transfer& transfer = database_.transfers.at(*id);
      lane.newest_number = std::max(lane.newest_number, transfer.number);
      if (transfer.provisional) lane.provisional.push_back(transfer);
    }
    const absl::Time since = database_.clock.Now() - absl::Minutes(10);
    for (const absl::Time at : row.displaced_at) lane.displacements += at > since;
    return lane;
  }

  std::vector<const FakeOrderRow*> Rows(const std::map<std::string, std::set<std::string>>& index,
                                        const std::string& wallet) const {
    std::vector<const FakeOrderRow*> rows;
    const auto found = index.find(wallet);
    if (found == index.end()) return rows;
    for (const std::string& id : found->second) rows.push_back(&database_.orders.at(id));
    return rows;
  }

  // Each tenant's first, then each one's second, and so on.
  static std::vector<const FakeOrderRow*> InTurn(std::vector<const FakeOrderRow*> rows, int limit) {
    std::sort(rows.begin(), rows.end(), [](const FakeOrderRow* a, const FakeOrderRow* b) {
      return std::tie(a->order.queued_at, a->order.id) < std::tie(b->order.queued_at, b->order.id);
    });
    std::map<TenantId, int> turns;
    std::vector<std::pair<int, const FakeOrderRow*>> numbered;
    for (const FakeOrderRow* row : rows) numbered.emplace_back(turns[row->order.tenant]++, row);
    std::stable_sort(numbered.begin(), numbered.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<const FakeOrderRow*> first;
    for (const auto& [turn, row] : numbered) {
      if (first.size() == static_cast<size_t>(limit)) break;
      first.push_back(row);
    }
    return first;
  }

  bool NeverPaid(const FakeOrderRow& row) const {
    return row.order.paid_at == absl::InfiniteFuture() && !database_.HasPayment(row.order.id);
  }

  static bool SameOrders(const Transfer& transfer, const std::vector<OrderChange>& changes) {
    std::multiset<OrderId> paid, moved;
    for (const Payment& payment : transfer.payments) {
      if (payment.kind == PaymentKind::kPurchase) paid.insert(payment.order);
    }
    for (const OrderChange& change : changes) moved.insert(change.order.id);
    return paid == moved;
  }

  // The constraints of money rules 5 and 7.
  absl::Status CheckTransfer(const FakeLaneRow& row, const Lane& lane, const Transfer& transfer) {
    if (transfer.wallet != lane.wallet() || (row.next_seqno && *row.next_seqno != transfer.seqno)) {
      return Fail(Reason::kInternal, "The transfer's seqno is not the lane's next.");
    }
    if (transfer.seqno < 0 || transfer.seqno > 0xffffffffLL) {
      return FakeDatabase::Refused("transfers_seqno_check");
    }
    if (database_.Unresolved(lane.wallet()) != nullptr) {
      return FakeDatabase::Refused("transfers_one_unresolved");
    }
    if (SeqnoTaken(transfer, "")) return FakeDatabase::Refused("transfers_seqno");
    if (database_.transfers.contains(transfer.id.value())) {
      return FakeDatabase::Refused("transfers_pkey");
    }
    if (database_.transfer_of.contains(transfer.normalized_hash)) {
      return FakeDatabase::Refused("transfers_normalized_hash_key");
    }
    return CheckPayments(row, transfer);
  }

  absl::Status CheckPayments(const FakeLaneRow& row, const Transfer& transfer) {
    std::set<int32_t> slots;
    std::set<std::tuple<std::string, Units, std::string>> looks;
    for (const Payment& payment : transfer.payments) {
      if (payment.slot < 0 || payment.slot > 254 || payment.amount <= Units(0) ||
          !slots.insert(payment.slot).second) {
        return FakeDatabase::Refused("payments_pkey");
      }
      if (!looks.emplace(payment.payee, payment.amount, payment.body_hash).second) {
        return FakeDatabase::Refused("payments_transfer_id_payee_amount_body_hash_key");
      }
      if (payment.kind == PaymentKind::kPurchase) {
        RETURN_IF_ERROR(CheckPurchase(row, transfer, payment.order));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckPurchase(const FakeLaneRow& row, const Transfer& transfer,
                             const OrderId& order) {
    if (database_.HasPayment(order)) return FakeDatabase::Refused("payments_one_per_order");
    if (database_.AnyPayment(order, [&](const Transfer& other, const Payment&) {
          return other.provisional &&
                 (other.wallet != transfer.wallet || other.seqno != transfer.seqno);
        })) {
      return Fail(Reason::kInternal, "A payment may still be executed under another seqno.");
    }
    if (database_.Row(order)->order.funding == Funding::kBalance && !row.house) {
      return Fail(Reason::kInternal,
                  "The house pays this order, and the wallet is not the house's.");
    }
    for (const auto& [hash, lost] : database_.lost) {
      const bool open = FakeDatabase::IsOpen(lost.verdict);
      const WitnessLine& line = lost.line;
      const bool guarded = line.wallet == transfer.wallet && line.seqno == transfer.seqno;
      if (open && guarded) continue;  // the chain admits one of the two
      const std::vector<OrderId>& orders = open ? lost.line.orders : lost.paid_orders;
      if (std::find(orders.begin(), orders.end(), order) != orders.end()) {
        return Fail(Reason::kInternal, "A payment that the database lost may have been executed.");
      }
    }
    return absl::OkStatus();
  }

  // Another transfer than `except` that is not DEAD has the same seqno.
  bool SeqnoTaken(const Transfer& transfer, const std::string& except) {
    const std::vector<std::string>& all = database_.transfers_of[transfer.wallet];
    return std::any_of(all.rbegin(), all.rend(), [&](const std::string& id) {
      const Transfer& other = database_.transfers.at(id);
      return id != except && id != transfer.id.value() && other.seqno == transfer.seqno &&
             other.verdict != Verdict::kDead;
    });
  }

  static bool DeadForGood(const Transfer& transfer) {
    return transfer.verdict == Verdict::kDead && !transfer.provisional &&
           std::all_of(transfer.payments.begin(), transfer.payments.end(),
                       [](const Payment& payment) { return payment.verdict == Verdict::kDead; });
  }

  bool MayLose(const Transfer& loser, const Transfer& winner) {
    const Transfer* unresolved = database_.Unresolved(winner.wallet);
    return unresolved != nullptr && unresolved->id == loser.id &&
           unresolved->seqno == winner.seqno && loser.id != winner.id;
  }

  absl::Status CheckWinner(const LaneResurrection& resurrection) {
    const Transfer& winner = resurrection.winner;
    if (winner.verdict != Verdict::kPaid && !DeadForGood(winner)) {
      return Fail(Reason::kInternal, "A transfer comes back to its last verdict.");
    }
    if (winner.verdict == Verdict::kDead) return absl::OkStatus();
    const std::string loser = resurrection.loser ? resurrection.loser->id.value() : "";
    if (SeqnoTaken(*Row(winner), loser)) return FakeDatabase::Refused("transfers_seqno");
    for (const Payment& payment : winner.payments) {
      if (payment.kind != PaymentKind::kPurchase || payment.verdict == Verdict::kDead) continue;
      if (database_.AnyPayment(payment.order, [&](const Transfer& t, const Payment& p) {
            return p.verdict != Verdict::kDead && t.id.value() != loser && t.id != winner.id;
          })) {
        return FakeDatabase::Refused("payments_one_per_order");
      }
    }
    return absl::OkStatus();
  }

  void SetVerdict(const Transfer& judged, Transfer* row) {
    row->verdict = judged.verdict;
    row->provisional = judged.provisional;
    row->unknown_since = judged.unknown_since;
    for (const Payment& payment : judged.payments) {
      for (Payment& known : row->payments) {
        if (known.slot == payment.slot) known.verdict = payment.verdict;
      }
    }
    if (!FakeDatabase::IsOpen(row->verdict)) {
      const auto found = database_.unresolved_of.find(row->wallet);
      if (found != database_.unresolved_of.end() && found->second == row->id.value()) {
        database_.unresolved_of.erase(found);
      }
    }
  }

  // `source`: a resolution or a resurrection. What was seen before is kept when nothing new was.
  template <typename Source>
  void Note(const Transfer& transfer, const Source& source) {
    FakeTransferNotes& notes = database_.transfer_notes[transfer.id.value()];
    notes.transaction_hash = source.transaction_hash;
    notes.transaction_lt = source.transaction_lt;
    if (!source.evidence.empty()) notes.evidence = source.evidence;
  }

  // A verdict opens what its absence had shut.
  static void SetShut(FakeLaneRow* row, Verdict verdict, bool shut) {
    if (!FakeDatabase::IsOpen(verdict) && row->shut_reason == Reason::kPaymentVerdictUnknown) {
      row->shut = false;
      row->shut_reason = Reason::kNone;
    } else if (shut && !row->shut) {
      row->shut = true;
      row->shut_reason = Reason::kPaymentVerdictUnknown;
    }
  }

  void Displace(FakeLaneRow* row) {
    const absl::Time now = database_.clock.Now();
    std::erase_if(row->displaced_at, [&](absl::Time at) { return at <= now - absl::Minutes(10); });
    row->displaced_at.push_back(now);
  }

  void Advance(const std::string& wallet, FakeLaneRow* row, int64_t next_seqno) {
    row->next_seqno = std::max(row->next_seqno.value_or(0), next_seqno);
    for (const std::string& id : database_.transfers_of[wallet]) {
      Transfer& transfer = database_.transfers.at(id);
      if (transfer.seqno < next_seqno) transfer.provisional = false;
    }
  }

  FakeDatabase& database_;
};

}  // namespace starlift
