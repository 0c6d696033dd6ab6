#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/order/ports/work_signal.h"
#include "domain/payment/ports/chain.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/ports/lane_store.h"
#include "domain/payment/ports/witness_log.h"

namespace starlift {

// What becomes of one call of a worker to one of its ports.
enum class CallFate {
  kNormal,
  kFails,       // nothing happens, and the caller learns it
  kAnswerLost,  // it happens, and the caller learns that its fate is open
  kVanishes,    // nothing happens, and the caller learns that its fate is open
  kDiesBefore,  // the worker's process ends before it happens
  kDiesAfter,   // the worker's process ends after it happened
};

// The process of one worker. Once it is dead nothing of the running step reaches the world; the
// test revives it for the next step.
class Fate {
 public:
  // Asked at every call; may run other workers meanwhile. Null: kNormal.
  std::function<CallFate(absl::string_view method)> choose;

  bool dead() const { return dead_; }
  void Revive() { dead_ = false; }
  void Kill() { dead_ = true; }

  // Whether the call may happen, and whether its answer arrives.
  CallFate Next(absl::string_view method) {
    if (dead_) return CallFate::kDiesBefore;
    const auto chooser = choose;  // which may put another in its place
    const CallFate fate = chooser ? chooser(method) : CallFate::kNormal;
    if (dead_) return CallFate::kDiesBefore;
    dead_ = fate == CallFate::kDiesBefore || fate == CallFate::kDiesAfter;
    return fate;
  }

  template <typename Call>
  auto Do(absl::string_view method, Call call) -> decltype(call()) {
    const CallFate fate = Next(method);
    if (fate == CallFate::kDiesBefore) return absl::CancelledError("the worker died");
    if (fate == CallFate::kFails) return Fail(Reason::kStorageUnavailable, "no connection");
    if (fate == CallFate::kVanishes) return absl::UnknownError("no answer");
    auto answer = call();
    if (fate == CallFate::kDiesAfter) return absl::CancelledError("the worker died");
    if (fate == CallFate::kAnswerLost) return absl::UnknownError("no answer");
    return answer;
  }

 private:
  bool dead_ = false;
};

class MortalLaneStore final : public LaneStore {
 public:
  MortalLaneStore(LaneStore& store, Fate& fate) : store_(store), fate_(fate) {}

  absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet, absl::string_view owner,
                                            absl::Duration lease) override {
    return fate_.Do("ClaimLane", [&] { return store_.Claim(wallet, owner, lease); });
  }
  absl::StatusOr<std::vector<PayableOrder>> NextPayables(const Lane& lane, int limit) override {
    return fate_.Do("NextPayables", [&] { return store_.NextPayables(lane, limit); });
  }
  absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                              const std::vector<OrderChange>& orders) override {
    return fate_.Do("CommitTransfer",
                    [&] { return store_.CommitTransfer(lane, transfer, orders); });
  }
  absl::StatusOr<std::optional<Transfer>> FindTransfer(const TransferId& id) override {
    return fate_.Do("FindTransfer", [&] { return store_.FindTransfer(id); });
  }
  absl::StatusOr<std::vector<Order>> OrdersOf(const Transfer& transfer) override {
    return fate_.Do("OrdersOf", [&] { return store_.OrdersOf(transfer); });
  }
  absl::Status MarkSent(const Lane& lane, const TransferId& id) override {
    return fate_.Do("MarkSent", [&] { return store_.MarkSent(lane, id); });
  }
  absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) override {
    return fate_.Do("Resolve", [&] { return store_.Resolve(lane, resolution); });
  }
  absl::Status Resurrect(const Lane& lane, const LaneResurrection& resurrection) override {
    return fate_.Do("Resurrect", [&] { return store_.Resurrect(lane, resurrection); });
  }
  absl::StatusOr<std::optional<Order>> FindOrder(const OrderId& id) override {
    return fate_.Do("FindOrder", [&] { return store_.FindOrder(id); });
  }
  absl::Status MoveWaiting(const Lane& lane, absl::Span<const OrderChange> changes) override {
    return fate_.Do("MoveWaiting", [&] { return store_.MoveWaiting(lane, changes); });
  }
  absl::StatusOr<std::vector<HeldOrder>> HeldInReview(const Lane& lane, int limit) override {
    return fate_.Do("HeldInReview", [&] { return store_.HeldInReview(lane, limit); });
  }
  absl::Status AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) override {
    return fate_.Do("AdoptSeqno", [&] { return store_.AdoptSeqno(lane, next_seqno, last_lt); });
  }
  absl::StatusOr<std::optional<OrderId>> InvoiceOwner(absl::string_view payee,
                                                      absl::string_view payload_hash) override {
    return fate_.Do("InvoiceOwner", [&] { return store_.InvoiceOwner(payee, payload_hash); });
  }
  absl::StatusOr<std::set<std::string>> KnownTransfers(
      absl::Span<const std::string> normalized_hashes) override {
    return fate_.Do("KnownTransfers", [&] { return store_.KnownTransfers(normalized_hashes); });
  }
  absl::Status Release(const Lane& lane, absl::Time next_attempt) override {
    return fate_.Do("Release", [&] { return store_.Release(lane, next_attempt); });
  }
  absl::Status ReleaseAndShut(const Lane& lane, Reason reason, absl::Time next_attempt,
                              int64_t last_lt) override {
    return fate_.Do("ReleaseAndShut",
                    [&] { return store_.ReleaseAndShut(lane, reason, next_attempt, last_lt); });
  }

 private:
  LaneStore& store_;
  Fate& fate_;
};

class MortalPurchaseStore final : public PurchaseStore {
 public:
  MortalPurchaseStore(PurchaseStore& store, Fate& fate) : store_(store), fate_(fate) {}

  absl::StatusOr<std::optional<ClaimedOrder>> Claim(const OrderId& id, absl::string_view owner,
                                                    absl::Duration lease) override {
    return fate_.Do("ClaimOrder", [&] { return store_.Claim(id, owner, lease); });
  }
  absl::StatusOr<std::optional<SessionLease>> AcquireSession(const ClaimedOrder& claimed) override {
    return fate_.Do("AcquireSession", [&] { return store_.AcquireSession(claimed); });
  }
  absl::StatusOr<bool> GiveUpSession(const ClaimedOrder& claimed,
                                     const SessionLease& lease) override {
    return fate_.Do("GiveUpSession", [&] { return store_.GiveUpSession(claimed, lease); });
  }
  absl::StatusOr<HistoryRivals> FindRivals(const Order& order) override {
    return fate_.Do("FindRivals", [&] { return store_.FindRivals(order); });
  }
  absl::StatusOr<bool> SaveJar(const SessionLease& lease, const SealedSecret& jar) override {
    return fate_.Do("SaveJar", [&] { return store_.SaveJar(lease, jar); });
  }
  absl::Status SaveInvoice(const ClaimedOrder& claimed, const OrderChange& invoiced,
                           const Invoice& invoice) override {
    return fate_.Do("SaveInvoice", [&] { return store_.SaveInvoice(claimed, invoiced, invoice); });
  }
  absl::Status Save(const ClaimedOrder& claimed, const OrderChange& change) override {
    return fate_.Do("Save", [&] { return store_.Save(claimed, change); });
  }
  absl::Status Renew(const ClaimedOrder& claimed, absl::Duration lease) override {
    return fate_.Do("Renew", [&] { return store_.Renew(claimed, lease); });
  }
  absl::Status Postpone(const ClaimedOrder& claimed, absl::Time next_attempt) override {
    return fate_.Do("Postpone", [&] { return store_.Postpone(claimed, next_attempt); });
  }
  absl::StatusOr<std::optional<PaidInvoice>> FindPaidInvoice(const OrderId& id) override {
    return fate_.Do("FindPaidInvoice", [&] { return store_.FindPaidInvoice(id); });
  }

 private:
  PurchaseStore& store_;
  Fate& fate_;
};

// Reads fail and never lie; a hand-over is an answer of its own.
class MortalChain final : public Chain {
 public:
  MortalChain(Chain& chain, Fate& fate) : chain_(chain), fate_(fate) {}

  SendResult Send(absl::string_view boc) override {
    const CallFate fate = fate_.Next("Send");
    const bool happens =
        fate == CallFate::kNormal || fate == CallFate::kAnswerLost || fate == CallFate::kDiesAfter;
    const SendResult result = happens ? chain_.Send(boc) : SendResult{};
    return fate == CallFate::kNormal ? result : SendResult{};
  }
  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override {
    return fate_.Do("Account", [&] { return chain_.Account(raw_address); });
  }
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override {
    return fate_.Do("FindByNormalizedHash",
                    [&] { return chain_.FindByNormalizedHash(raw_address, normalized_hash_hex); });
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override {
    return fate_.Do("TransactionsAfter",
                    [&] { return chain_.TransactionsAfter(raw_address, after_lt, limit); });
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit) override {
    return fate_.Do("NewestTransactions",
                    [&] { return chain_.NewestTransactions(raw_address, limit); });
  }

 private:
  Chain& chain_;
  Fate& fate_;
};

class MortalWitnessLog final : public WitnessLog {
 public:
  MortalWitnessLog(WitnessLog& log, Fate& fate) : log_(log), fate_(fate) {}

  absl::Status Write(const WitnessLine& line) override {
    return fate_.Do("WriteWitness", [&] { return log_.Write(line); });
  }
  absl::StatusOr<WitnessAnswer> Ask(absl::string_view wallet, int64_t after_number,
                                    absl::Span<const OrderId> orders) override {
    return fate_.Do("AskWitness", [&] { return log_.Ask(wallet, after_number, orders); });
  }
  absl::StatusOr<std::vector<WitnessLine>> LinesAfter(int64_t number, int limit) override {
    return fate_.Do("AskWitness", [&] { return log_.LinesAfter(number, limit); });
  }

 private:
  WitnessLog& log_;
  Fate& fate_;
};

class MortalEraStore final : public EraStore {
 public:
  MortalEraStore(EraStore& store, Fate& fate) : store_(store), fate_(fate) {}

  absl::StatusOr<Era> Current() override {
    return fate_.Do("CurrentEra", [&] { return store_.Current(); });
  }
  absl::Status Begin(int64_t newest_number, absl::Time safe_after) override {
    return fate_.Do("BeginEra", [&] { return store_.Begin(newest_number, safe_after); });
  }
  absl::StatusOr<std::map<std::string, LostTransfer>> FindLost(
      absl::Span<const std::string> normalized_hashes) override {
    return fate_.Do("FindLost", [&] { return store_.FindLost(normalized_hashes); });
  }
  absl::Status RecordMissing(absl::Span<const WitnessLine> lines) override {
    return fate_.Do("RecordMissing", [&] { return store_.RecordMissing(lines); });
  }
  absl::StatusOr<std::vector<LostTransfer>> OpenLost(int limit, absl::string_view wallet) override {
    return fate_.Do("OpenLost", [&] { return store_.OpenLost(limit, wallet); });
  }
  absl::Status RecordLost(const LostTransfer& lost) override {
    return fate_.Do("RecordLost", [&] { return store_.RecordLost(lost); });
  }

 private:
  EraStore& store_;
  Fate& fate_;
};

class MortalSignal final : public WorkSignal {
 public:
  MortalSignal(WorkSignal& signal, Fate& fate) : signal_(signal), fate_(fate) {}

  void Announce(const WorkItem& item) override {
    if (fate_.Next("Announce") == CallFate::kNormal) signal_.Announce(item);
  }
  void Changed(const Order& order) override {
    if (fate_.Next("Changed") == CallFate::kNormal) signal_.Changed(order);
  }

 private:
  WorkSignal& signal_;
  Fate& fate_;
};

}  // namespace starlift
