// Mistakes about what is written, when, and under which fence.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulation/mistakes.h"
#include "simulation/passing_doors.h"
#include "ton/boc.h"
#include "ton/comment.h"

namespace starlift::simulation {
namespace {

class SentBeforeStored final : public Planted, public PassingLaneStore {
 public:
  explicit SentBeforeStored(World& world) : PassingLaneStore(world.lanes), world_(world) {
    world.doors.lanes = this;
  }
  absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                              const std::vector<OrderChange>& orders) override {
    world_.doors.providers[0]->Send(transfer.boc);
    return PassingLaneStore::CommitTransfer(lane, transfer, orders);
  }

 private:
  World& world_;
};

// Every write passes for one of whoever has the lane now.
class NoFence final : public Planted, public PassingLaneStore {
 public:
  explicit NoFence(World& world) : PassingLaneStore(world.lanes), world_(world) {
    world.doors.lanes = this;
  }
  absl::Status CommitTransfer(const Lane& lane, const Transfer& transfer,
                              const std::vector<OrderChange>& orders) override {
    return PassingLaneStore::CommitTransfer(Forged(lane), transfer, orders);
  }
  absl::Status MarkSent(const Lane& lane, const TransferId& id) override {
    return PassingLaneStore::MarkSent(Forged(lane), id);
  }
  absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) override {
    return PassingLaneStore::Resolve(Forged(lane), resolution);
  }
  absl::Status Resurrect(const Lane& lane, const LaneResurrection& resurrection) override {
    return PassingLaneStore::Resurrect(Forged(lane), resurrection);
  }
  absl::Status MoveWaiting(const Lane& lane, absl::Span<const OrderChange> changes) override {
    return PassingLaneStore::MoveWaiting(Forged(lane), changes);
  }
  absl::Status AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) override {
    return PassingLaneStore::AdoptSeqno(Forged(lane), next_seqno, last_lt);
  }
  absl::Status Release(const Lane& lane, absl::Time next_attempt) override {
    return PassingLaneStore::Release(Forged(lane), next_attempt);
  }

 private:
  Lane Forged(Lane lane) const {
    const FakeLease& lease = world_.database.lanes.at(lane.wallet()).lease;
    lane.fence = lease.fence;
    lane.owner = lease.owner;
    return lane;
  }

  World& world_;
};

// Work counts as done as soon as somebody has taken it.
class AckedBeforeCommit final : public Planted, public PassingPurchaseStore {
 public:
  explicit AckedBeforeCommit(World& world) : PassingPurchaseStore(world.purchases), world_(world) {
    world.doors.purchases = this;
  }
  absl::StatusOr<std::optional<ClaimedOrder>> Claim(const OrderId& id, absl::string_view owner,
                                                    absl::Duration lease) override {
    auto claimed = PassingPurchaseStore::Claim(id, owner, lease);
    if (claimed.ok() && claimed->has_value()) {
      world_.database.Row(id)->lease.due = absl::InfiniteFuture();
    }
    return claimed;
  }

 private:
  World& world_;
};

// Now and then the event is not in the same transaction as the change, and does not get there.
class OutboxRowLost final : public Planted, public PassingLaneStore {
 public:
  explicit OutboxRowLost(World& world) : PassingLaneStore(world.lanes), world_(world) {
    world.doors.lanes = this;
  }
  absl::Status Resolve(const Lane& lane, const LaneResolution& resolution) override {
    const absl::Status resolved = PassingLaneStore::Resolve(lane, resolution);
    if (!resolved.ok() || resolution.orders.empty() || ++resolved_ % 3 != 0) return resolved;
    FakeOrderRow* row = world_.database.Row(resolution.orders.front().order.id);
    if (!row->events.empty()) row->events.pop_back();
    return resolved;
  }

 private:
  World& world_;
  int resolved_ = 0;
};

// The payload is written anew from its text, and cut into cells in another place.
class PayloadRebuilt final : public Planted, public PassingLaneStore {
 public:
  explicit PayloadRebuilt(World& world) : PassingLaneStore(world.lanes) {
    world.doors.lanes = this;
  }
  absl::StatusOr<std::vector<PayableOrder>> NextPayables(const Lane& lane, int limit) override {
    auto payables = PassingLaneStore::NextPayables(lane, limit);
    if (!payables.ok()) return payables;
    for (PayableOrder& one : *payables) Rebuild(&one.invoice);
    return payables;
  }

 private:
  static void Rebuild(Invoice* invoice) {
    const std::string& boc = invoice->payload_boc;
    const auto cell = ton::ReadBoc({reinterpret_cast<const uint8_t*>(boc.data()), boc.size()});
    const auto text = ton::ReadComment(*cell);
    const ton::CellRef rebuilt = *ton::WriteComment(*text, 16);
    const auto bytes = ton::WriteBoc(rebuilt);
    invoice->payload_boc.assign(bytes.begin(), bytes.end());
    invoice->payload_hash = ton::HexOf(rebuilt->hash());
  }
};

}  // namespace

void AddStoreMistakes(std::vector<Mistake>* all) {
  const auto any = [](Plan*) {};
  all->push_back({"sign before store", any, Plant<SentBeforeStored>});
  all->push_back({"no fence in the update",
                  [](Plan* plan) {
                    plan->overtakes = 40;
                    plan->workers = std::max(plan->workers, 3);
                  },
                  Plant<NoFence>});
  all->push_back({"ack before commit",
                  [](Plan* plan) {
                    plan->liveness = true;
                    plan->deaths = 30;
                  },
                  Plant<AckedBeforeCommit>});
  all->push_back({"lost outbox row", any, Plant<OutboxRowLost>});
  all->push_back({"rebuilt payload", any, Plant<PayloadRebuilt>});
}

}  // namespace starlift::simulation
