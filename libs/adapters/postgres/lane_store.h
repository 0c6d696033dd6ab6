#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/pool.h"
#include "base/clock.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/payment/ports/lane_store.h"

namespace starlift::postgres {

// LaneStore over PostgreSQL. Safe from many threads.
class PostgresLaneStore final : public LaneStore {
 public:
  // Times to come back are told in this process's clock and kept in the database's: only their
  // distance from now crosses over, so that a clock that is wrong delays nothing.
  PostgresLaneStore(Pool& pool, const EventRenderer& renderer, const Clock& clock)
      : pool_(pool), renderer_(renderer), clock_(clock) {}

  absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet, absl::string_view owner,
                                            absl::Duration lease) override;
  absl::StatusOr<std::vector<PayableOrder>> NextPayables(const Lane& lane, int limit) override;
  absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                              const std::vector<OrderChange>& orders) override;
  absl::StatusOr<std::optional<Transfer>> FindTransfer(const TransferId& id) override;
  absl::StatusOr<std::vector<Order>> OrdersOf(const Transfer& transfer) override;
  absl::Status MarkSent(const Lane& lane, const TransferId& id) override;
  absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) override;
  absl::Status Resurrect(const Lane& lane, const LaneResurrection& resurrection) override;
  absl::StatusOr<std::optional<Order>> FindOrder(const OrderId& id) override;
  absl::Status MoveWaiting(const Lane& lane, absl::Span<const OrderChange> changes) override;
  absl::StatusOr<std::vector<HeldOrder>> HeldInReview(const Lane& lane, int limit) override;
  absl::Status AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) override;
  absl::StatusOr<std::optional<OrderId>> InvoiceOwner(absl::string_view payee,
                                                      absl::string_view payload_hash) override;
  absl::StatusOr<std::set<std::string>> KnownTransfers(
      absl::Span<const std::string> normalized_hashes) override;
  absl::Status Release(const Lane& lane, absl::Time next_attempt) override;
  absl::Status ReleaseAndShut(const Lane& lane, Reason reason, absl::Time next_attempt,
                              int64_t accounted_lt) override;

 private:
  Pool& pool_;
  const EventRenderer& renderer_;
  const Clock& clock_;
};

}  // namespace starlift::postgres
