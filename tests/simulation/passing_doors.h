#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/payment/ports/chain.h"
#include "domain/payment/ports/lane_store.h"
#include "domain/payment/ports/witness_log.h"

namespace starlift::simulation {

// Doors that pass everything on: what a planted mistake begins with, and then does one thing wrong.
class PassingLaneStore : public LaneStore {
 public:
  explicit PassingLaneStore(LaneStore& inner) : inner_(inner) {}

  absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet, absl::string_view owner,
                                            absl::Duration lease) override {
    return inner_.Claim(wallet, owner, lease);
  }
  absl::StatusOr<std::vector<PayableOrder>> NextPayables(const Lane& lane, int limit) override {
    return inner_.NextPayables(lane, limit);
  }
  absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                              const std::vector<OrderChange>& orders) override {
    return inner_.CommitTransfer(lane, transfer, orders);
  }
  absl::StatusOr<std::optional<Transfer>> FindTransfer(const TransferId& id) override {
    return inner_.FindTransfer(id);
  }
  absl::StatusOr<std::vector<Order>> OrdersOf(const Transfer& transfer) override {
    return inner_.OrdersOf(transfer);
  }
  absl::Status MarkSent(const Lane& lane, const TransferId& id) override {
    return inner_.MarkSent(lane, id);
  }
  absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) override {
    return inner_.Resolve(lane, resolution);
  }
  absl::Status Resurrect(const Lane& lane, const LaneResurrection& resurrection) override {
    return inner_.Resurrect(lane, resurrection);
  }
  absl::StatusOr<std::optional<Order>> FindOrder(const OrderId& id) override {
    return inner_.FindOrder(id);
  }
  absl::Status MoveWaiting(const Lane& lane, absl::Span<const OrderChange> changes) override {
    return inner_.MoveWaiting(lane, changes);
  }
  absl::StatusOr<std::vector<HeldOrder>> HeldInReview(const Lane& lane, int limit) override {
    return inner_.HeldInReview(lane, limit);
  }
  absl::Status AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) override {
    return inner_.AdoptSeqno(lane, next_seqno, last_lt);
  }
  absl::StatusOr<std::optional<OrderId>> InvoiceOwner(absl::string_view payee,
                                                      absl::string_view payload_hash) override {
    return inner_.InvoiceOwner(payee, payload_hash);
  }
  absl::StatusOr<std::set<std::string>> KnownTransfers(
      absl::Span<const std::string> normalized_hashes) override {
    return inner_.KnownTransfers(normalized_hashes);
  }
  absl::Status Release(const Lane& lane, absl::Time next_attempt) override {
    return inner_.Release(lane, next_attempt);
  }
  absl::Status ReleaseAndShut(const Lane& lane, Reason reason, absl::Time next_attempt,
                              int64_t accounted_lt) override {
    return inner_.ReleaseAndShut(lane, reason, next_attempt, accounted_lt);
  }

 private:
  LaneStore& inner_;
};

class PassingPurchaseStore : public PurchaseStore {
 public:
  explicit PassingPurchaseStore(PurchaseStore& inner) : inner_(inner) {}

  absl::StatusOr<std::optional<ClaimedOrder>> Claim(const OrderId& id, absl::string_view owner,
                                                    absl::Duration lease) override {
    return inner_.Claim(id, owner, lease);
  }
  absl::StatusOr<std::optional<SessionLease>> AcquireSession(const ClaimedOrder& claimed) override {
    return inner_.AcquireSession(claimed);
  }
  absl::StatusOr<bool> GiveUpSession(const ClaimedOrder& claimed,
                                     const SessionLease& lease) override {
    return inner_.GiveUpSession(claimed, lease);
  }
  absl::StatusOr<HistoryRivals> FindRivals(const Order& order) override {
    return inner_.FindRivals(order);
  }
  absl::StatusOr<bool> SaveJar(const SessionLease& lease, const SealedSecret& jar) override {
    return inner_.SaveJar(lease, jar);
  }
  absl::Status SaveInvoice(const ClaimedOrder& claimed, const OrderChange& invoiced,
                           const Invoice& invoice) override {
    return inner_.SaveInvoice(claimed, invoiced, invoice);
  }
  absl::Status Save(const ClaimedOrder& claimed, const OrderChange& change) override {
    return inner_.Save(claimed, change);
  }
  absl::Status Renew(const ClaimedOrder& claimed, absl::Duration lease) override {
    return inner_.Renew(claimed, lease);
  }
  absl::Status Postpone(const ClaimedOrder& claimed, absl::Time next_attempt) override {
    return inner_.Postpone(claimed, next_attempt);
  }
  absl::StatusOr<std::optional<PaidInvoice>> FindPaidInvoice(const OrderId& id) override {
    return inner_.FindPaidInvoice(id);
  }

 private:
  PurchaseStore& inner_;
};

class PassingChain : public Chain {
 public:
  explicit PassingChain(Chain& inner) : inner_(inner) {}

  SendResult Send(absl::string_view boc) override { return inner_.Send(boc); }
  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override {
    return inner_.Account(raw_address);
  }
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override {
    return inner_.FindByNormalizedHash(raw_address, normalized_hash_hex);
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override {
    return inner_.TransactionsAfter(raw_address, after_lt, limit);
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit) override {
    return inner_.NewestTransactions(raw_address, limit);
  }

 private:
  Chain& inner_;
};

}  // namespace starlift::simulation
