#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "contract/lane_world.h"

// The promises of LaneStore about transfers with many payments and with none, about tenants that
// take turns, and about the house's wallets. Included by one file of each test binary.

namespace starlift {

class LaneBatchContract : public LaneContract {
 protected:
  std::vector<OrderId> NextIds(const Lane& lane, int limit) {
    const auto payables = world_->lanes().NextPayables(lane, limit);
    EXPECT_TRUE(payables.ok()) << payables.status();
    std::vector<OrderId> ids;
    for (const PayableOrder& payable : *payables) ids.push_back(payable.order.id);
    return ids;
  }

  // As MakeWaiting, of another tenant; an instant after the one before.
  OrderId MakeForeign(const TenantId& tenant, const std::string& name, const ExamplePayer& payer) {
    world_->Pass(absl::Milliseconds(2));
    const NewOrder fresh = Paid(tenant, name, SameWallet(payer, name + tenant.value()), Now());
    const Order order = world_->orders().Create({&fresh, 1}).front().order;
    MakeInvoiced(order, name + tenant.value());
    return order.id;
  }
};

TEST_P(LaneBatchContract, TenantsTakeTurns) {
  const ExamplePayer payer = Payer("turns");
  const TenantId other = world_->NewTenant();
  const TenantId third = world_->NewTenant();
  std::vector<OrderId> mine, theirs;
  for (const char* name : {"a", "b", "c"}) mine.push_back(MakeForeign(tenant_, name, payer));
  for (const char* name : {"a", "b"}) theirs.push_back(MakeForeign(other, name, payer));
  const OrderId last = MakeForeign(third, "a", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const std::vector<OrderId> all = {mine[0], theirs[0], last, mine[1], theirs[1], mine[2]};
  EXPECT_EQ(NextIds(lane, 255), all);
  EXPECT_EQ(NextIds(lane, 3), std::vector<OrderId>(all.begin(), all.begin() + 3));
  EXPECT_EQ(NextIds(lane, 1), std::vector<OrderId>{mine[0]});
}

TEST_P(LaneBatchContract, ATransferCarriesManyOrders) {
  const ExamplePayer payer = Payer("many");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "many", 30);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = SignAll(lane, 7, all, "t");
  const absl::Status committed = Commit(lane, transfer);
  ASSERT_TRUE(committed.ok()) << committed;
  const auto found = world_->lanes().FindTransfer(transfer.id);
  ASSERT_EQ((*found)->payments.size(), 30u);
  const auto orders = world_->lanes().OrdersOf(transfer);
  ASSERT_TRUE(orders.ok() && orders->size() == 30);
  for (size_t slot = 0; slot < 30; ++slot) {
    EXPECT_EQ((*found)->payments[slot].slot, static_cast<int32_t>(slot));
    EXPECT_EQ((*found)->payments[slot].order, all[slot].order.id);
    EXPECT_EQ((*orders)[slot].id, all[slot].order.id);
    EXPECT_EQ((*orders)[slot].state, OrderState::kPaying);
  }
  ASSERT_TRUE(world_->lanes().Resolve(lane, PaidResolution(transfer)).ok());
  for (const Waiting& waiting : all) {
    EXPECT_EQ(Load(waiting.order.id).state, OrderState::kPaid);
    EXPECT_EQ(world_->LedgerTransactions(waiting.order.id), 2);
    EXPECT_EQ(world_->orders().EventsAfter(tenant_, waiting.order.id, 0, 10)->size(), 5u);
  }
  EXPECT_EQ(world_->LedgerSum(), Units(0));
}

TEST_P(LaneBatchContract, EachPaymentHasAVerdictOfItsOwn) {
  const ExamplePayer payer = Payer("mixed");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "mixed", 3);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = SignAll(lane, 1, all, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  LaneResolution resolution = PaidResolution(transfer);
  resolution.transfer.payments[1].verdict = Verdict::kDead;  // skipped
  Order skipped = Load(all[1].order.id);
  skipped.payment_attempts = 3;
  resolution.orders[1] = Failed(skipped, Now());
  const absl::Status resolved = world_->lanes().Resolve(lane, resolution);
  ASSERT_TRUE(resolved.ok()) << resolved;
  EXPECT_EQ(Load(all[0].order.id).state, OrderState::kPaid);
  EXPECT_EQ(Load(all[1].order.id).state, OrderState::kFailed);
  EXPECT_EQ(world_->SealedSecrets(all[1].order.id), 0);
  EXPECT_FALSE(world_->HasJar(all[1].order.session));
  EXPECT_EQ(Load(all[2].order.id).state, OrderState::kPaid);
  const auto found = world_->lanes().FindTransfer(transfer.id);
  EXPECT_EQ((*found)->payments[0].verdict, Verdict::kPaid);
  EXPECT_EQ((*found)->payments[1].verdict, Verdict::kDead);
}

TEST_P(LaneBatchContract, OneOrderThatMovedOnStopsTheWholeTransfer) {
  const ExamplePayer payer = Payer("whole");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "whole", 4);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = SignAll(lane, 1, all, "t");
  std::vector<OrderChange> changes;
  for (const Waiting& waiting : all) changes.push_back(Paying(waiting.order.id, transfer));
  ASSERT_TRUE(MoveOne(lane, Failed(Load(all[2].order.id), Now())).ok());
  const absl::Status refused = world_->lanes().CommitTransfer(lane, transfer, changes);
  EXPECT_EQ(ReasonOf(refused), Reason::kConcurrentRequest) << refused;
  EXPECT_FALSE(world_->lanes().FindTransfer(transfer.id)->has_value());
  EXPECT_EQ(Load(all[0].order.id).state, OrderState::kInvoiced);
  EXPECT_EQ(world_->orders().EventsAfter(tenant_, all[0].order.id, 0, 10)->size(), 3u);
}

TEST_P(LaneBatchContract, AStateThatIsNotExpectedStopsAllMoves) {
  const ExamplePayer payer = Payer("state");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "state", 3);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = SignAll(lane, 1, {all[0], all[1]}, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  LaneResolution resolution = PaidResolution(transfer);
  // Right in its sequence, and still INVOICED: nothing was signed for it.
  Order believed = Load(all[2].order.id);
  believed.state = OrderState::kPaying;
  resolution.orders.push_back({Move(believed, OrderState::kNeedsReview, Now()), {}});
  EXPECT_EQ(ReasonOf(world_->lanes().Resolve(lane, resolution)), Reason::kConcurrentRequest);
  EXPECT_EQ(Load(all[0].order.id).state, OrderState::kPaying);
  EXPECT_EQ((*world_->lanes().FindTransfer(transfer.id))->verdict, Verdict::kLive);
}

TEST_P(LaneBatchContract, ForeignOrdersAreNotMoved) {
  const ExamplePayer payer = Payer("home");
  const Waiting mine = MakeWaiting("home", payer);
  const Waiting foreign = MakeWaiting("abroad", Payer("abroad"));
  const Lane lane = ClaimLane(payer.wallet);
  EXPECT_FALSE(Commit(lane, SignAll(lane, 1, {mine, foreign}, "t")).ok());
  const std::vector<OrderChange> moves = {Failed(Load(mine.order.id), Now()),
                                          Failed(Load(foreign.order.id), Now())};
  EXPECT_FALSE(world_->lanes().MoveWaiting(lane, moves).ok());
  EXPECT_EQ(Load(mine.order.id).state, OrderState::kInvoiced);
}

TEST_P(LaneBatchContract, MovesAndPaymentsBelongTogether) {
  const ExamplePayer payer = Payer("together");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "together", 2);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = SignAll(lane, 1, {all[0]}, "t");
  const auto commit = [&](const std::vector<OrderId>& moved) {
    std::vector<OrderChange> changes;
    for (const OrderId& id : moved) changes.push_back(Paying(id, transfer));
    return world_->lanes().CommitTransfer(lane, transfer, changes);
  };
  EXPECT_EQ(ReasonOf(commit({})), Reason::kInternal);
  EXPECT_EQ(ReasonOf(commit({all[0].order.id, all[1].order.id})), Reason::kInternal);
  EXPECT_EQ(ReasonOf(commit({all[1].order.id})), Reason::kInternal);
  EXPECT_TRUE(commit({all[0].order.id}).ok());
}

TEST_P(LaneBatchContract, TwoPaymentsThatLookAlikeAreRefused) {
  const ExamplePayer payer = Payer("alike");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "alike", 2);
  const Lane lane = ClaimLane(payer.wallet);
  Transfer transfer = SignAll(lane, 1, all, "t");
  transfer.payments[1].body_hash = transfer.payments[0].body_hash;
  EXPECT_EQ(ReasonOf(Commit(lane, transfer)), Reason::kInternal);
  EXPECT_EQ(Load(all[0].order.id).state, OrderState::kInvoiced);
}

TEST_P(LaneBatchContract, ATransferWithoutPaymentsUsesASeqnoUp) {
  const ExamplePayer payer = Payer("empty");
  const Waiting waiting = MakeWaiting("empty", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer dead = Sign(lane, 5, waiting, "dead");
  ASSERT_TRUE(Commit(lane, dead).ok());
  ASSERT_TRUE(world_->lanes().Resolve(lane, DeadResolution(dead, true)).ok());
  const Transfer empty = ExampleTransfer(lane.wallet(), 5, {}, "empty", Now());
  const absl::Status committed = world_->lanes().CommitTransfer(lane, empty, {});
  ASSERT_TRUE(committed.ok()) << committed;
  EXPECT_TRUE((*world_->lanes().FindTransfer(empty.id))->payments.empty());
  EXPECT_TRUE(world_->lanes().OrdersOf(empty)->empty());
  ASSERT_TRUE(world_->lanes().Resolve(lane, PaidResolution(empty)).ok());
  EXPECT_FALSE((*world_->lanes().FindTransfer(dead.id))->provisional);
  EXPECT_FALSE(Claim(waiting.order.id).hold_money);
}

TEST_P(LaneBatchContract, TransfersAreCounted) {
  const ExamplePayer payer = Payer("count");
  const std::vector<Waiting> all = MakeWaitingOn(payer, "count", 2);
  Lane lane = ClaimLane(payer.wallet);
  EXPECT_EQ(lane.newest_number, 0);
  const Transfer first = SignAll(lane, 1, {all[0]}, "one");
  ASSERT_TRUE(Commit(lane, first).ok());
  const int64_t number = (*world_->lanes().FindTransfer(first.id))->number;
  EXPECT_GT(number, 0);
  ASSERT_TRUE(world_->lanes().Resolve(lane, PaidResolution(first)).ok());
  ASSERT_TRUE(Commit(lane, SignAll(lane, 2, {all[1]}, "two")).ok());
  ASSERT_TRUE(world_->lanes().Release(lane, Now()).ok());
  lane = ClaimLane(payer.wallet);
  ASSERT_TRUE(lane.unresolved.has_value());
  EXPECT_GT(lane.newest_number, number);
  EXPECT_EQ(lane.unresolved->number, lane.newest_number);
}

TEST_P(LaneBatchContract, TellsKnownTransfers) {
  const ExamplePayer payer = Payer("known");
  const Waiting waiting = MakeWaiting("known", payer);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = Sign(lane, 1, waiting, "t");
  ASSERT_TRUE(Commit(lane, transfer).ok());
  const std::vector<std::string> asked = {"unknown", transfer.normalized_hash};
  EXPECT_EQ(*world_->lanes().KnownTransfers(asked), std::set{transfer.normalized_hash});
  EXPECT_TRUE(world_->lanes().KnownTransfers({})->empty());
}

TEST_P(LaneBatchContract, AHouseLaneHandsOutNoKeys) {
  const ExamplePayer payer = Payer("house");
  const Waiting waiting = MakeWaiting("house", payer);
  world_->MakeHouseLane(payer.wallet);
  world_->AllowForeignPayer(waiting.order.session);
  const Lane lane = ClaimLane(payer.wallet);
  EXPECT_TRUE(lane.house);
  EXPECT_EQ(lane.payer.version, WalletVersion::kV5R1);
  EXPECT_EQ(lane.payer.public_key_hex, std::string(64, 'a'));
  const std::optional<PayableOrder> payable = NextPayable(lane);
  ASSERT_TRUE(payable.has_value());
  EXPECT_TRUE(payable->wallet_key.bytes.empty());
  EXPECT_TRUE(payable->foreign_payer_allowed);
}

TEST_P(LaneBatchContract, WhatTheHousePaysIsPaidByNoCallersWallet) {
  const ExamplePayer payer = Payer("balance");
  const Waiting waiting = MakeWaiting("balance", payer);
  world_->MakeBalanceOrder(waiting.order.id);
  const Lane lane = ClaimLane(payer.wallet);
  const Transfer transfer = Sign(lane, 1, waiting, "t");
  EXPECT_EQ(ReasonOf(Commit(lane, transfer)), Reason::kInternal);
  world_->MakeHouseLane(payer.wallet);
  const absl::Status committed = Commit(lane, transfer);
  EXPECT_TRUE(committed.ok()) << committed;
}

}  // namespace starlift
