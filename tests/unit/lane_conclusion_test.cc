// What a verdict does to a transfer's orders, row by row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "domain/payment/conclusion.h"

namespace starlift {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

Order Paying(const std::string& id, int attempts = 0, OrderState state = OrderState::kPaying) {
  Order order;
  order.id = OrderId(id);
  order.tenant = TenantId("t");
  order.state = state;
  order.sequence = 4;
  order.payer.wallet_address = "0:wallet";
  order.quote.cost = Units(10'000);
  order.quote.commission = Units(100);
  order.quote.max_total = Units(20'000);
  order.payment_attempts = attempts;
  return order;
}

Transfer Carrying(const std::vector<std::string>& orders, int64_t seqno = 7) {
  Transfer transfer;
  transfer.id = TransferId(absl::StrCat("tr", seqno));
  transfer.wallet = "0:wallet";
  transfer.seqno = seqno;
  transfer.normalized_hash = "ours";
  for (const std::string& order : orders) {
    Payment payment;
    payment.slot = static_cast<int32_t>(transfer.payments.size());
    payment.order = OrderId(order);
    payment.payee = "0:payee";
    payment.amount = Units(10'000);
    payment.body_hash = order;
    transfer.payments.push_back(payment);
  }
  return transfer;
}

Lane LaneWith(Transfer transfer) {
  Lane lane;
  lane.payer.wallet_address = "0:wallet";
  lane.unresolved = std::move(transfer);
  return lane;
}

Judgement Says(std::vector<Verdict> payments, Verdict verdict, int64_t fees = 0) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.payments = std::move(payments);
  judgement.why = "why";
  if (fees == 0) return judgement;
  judgement.seqno_used = true;
  judgement.network_fees = Units(fees);
  judgement.transaction.emplace();
  judgement.transaction->hash = judgement.fee_hash = "tx";
  judgement.transaction->network_fees = Units(fees);
  judgement.transaction->lt = 500;
  return judgement;
}

Units Of(const LedgerTransaction& transaction, absl::string_view account) {
  Units sum;
  for (const LedgerEntry& entry : transaction.entries) {
    if (entry.account == account) sum += entry.amount;
  }
  return sum;
}

LaneResolution Resolve(const Lane& lane, const Judgement& judgement, std::vector<Order> orders) {
  return Conclude(lane, judgement, orders, "seen", kNow, PaymentRules());
}

TEST(Conclude, EachSlotGetsItsOwnVerdictAndItsShareOfTheFees) {
  const Lane lane = LaneWith(Carrying({"a", "b", "c"}));
  const Judgement judgement =
      Says({Verdict::kPaid, Verdict::kDead, Verdict::kPaid}, Verdict::kPaid, 100);
  const LaneResolution resolution =
      Resolve(lane, judgement, {Paying("a"), Paying("b"), Paying("c")});
  ASSERT_THAT(resolution.orders, SizeIs(3));
  EXPECT_EQ(resolution.orders[0].order.state, OrderState::kPaid);
  EXPECT_EQ(resolution.orders[1].order.state, OrderState::kQueued);
  EXPECT_EQ(resolution.orders[1].order.payment_attempts, 1);
  EXPECT_EQ(resolution.orders[2].order.payment.transaction_hash, "tx");
  Units fees;
  for (const OrderChange& change : resolution.orders) {
    ASSERT_THAT(change.ledger, SizeIs(1));
    EXPECT_TRUE(Balanced(change.ledger[0]));
    fees += Of(change.ledger[0], "network_fees");
  }
  EXPECT_EQ(fees, Units(100)) << "not a unit is lost in the shares";
  EXPECT_EQ(resolution.next_seqno, 8);
  EXPECT_EQ(resolution.last_lt, 500);
  EXPECT_EQ(resolution.evidence, "seen");
}

TEST(Conclude, TheThirdDeathEndsTheOrder) {
  const Lane lane = LaneWith(Carrying({"a"}));
  const LaneResolution resolution =
      Resolve(lane, Says({Verdict::kDead}, Verdict::kDead, 30), {Paying("a", 2)});
  EXPECT_EQ(resolution.orders[0].order.state, OrderState::kFailed);
  ASSERT_THAT(resolution.orders[0].ledger, SizeIs(2));
  EXPECT_EQ(resolution.orders[0].ledger[0].kind, LedgerKind::kVoid);
  EXPECT_EQ(resolution.orders[0].ledger[1].kind, LedgerKind::kFee);
}

TEST(Conclude, AProvisionalDeathNeverReleasesMoney) {
  const Lane lane = LaneWith(Carrying({"a", "b"}));
  Judgement judgement = Says({Verdict::kDead, Verdict::kDead}, Verdict::kDead);
  judgement.provisional = true;
  const LaneResolution resolution = Resolve(lane, judgement, {Paying("a"), Paying("b", 2)});
  EXPECT_EQ(resolution.orders[0].order.state, OrderState::kQueued);
  EXPECT_EQ(resolution.orders[1].order.state, OrderState::kNeedsReview);
  EXPECT_THAT(resolution.orders[1].ledger, IsEmpty());
  EXPECT_TRUE(resolution.transfer.provisional);
  EXPECT_FALSE(resolution.next_seqno.has_value()) << "the same seqno guards the next transfer";
}

TEST(Conclude, ADisplacementIsNoAttemptAndTheThirdRestsTheLane) {
  Lane lane = LaneWith(Carrying({"a"}));
  Judgement judgement = Says({Verdict::kDead}, Verdict::kDead);
  judgement.displaced = judgement.seqno_used = true;
  LaneResolution resolution = Resolve(lane, judgement, {Paying("a", 2)});
  EXPECT_EQ(resolution.orders[0].order.state, OrderState::kQueued);
  EXPECT_EQ(resolution.orders[0].order.payment_attempts, 2);
  EXPECT_TRUE(resolution.displaced);
  EXPECT_EQ(resolution.cool_down, absl::ZeroDuration());
  EXPECT_FALSE(resolution.next_seqno.has_value()) << "the other message is accounted for first";
  lane.displacements = 2;
  resolution = Resolve(lane, judgement, {Paying("a")});
  EXPECT_EQ(resolution.cool_down, absl::Minutes(5));
}

TEST(Conclude, AnOrderOfBalanceIsPostedFromTheTenantsCredit) {
  const Lane lane = LaneWith(Carrying({"a"}));
  Order order = Paying("a");
  order.funding = Funding::kBalance;
  const LaneResolution resolution =
      Resolve(lane, Says({Verdict::kPaid}, Verdict::kPaid, 40), {order});
  const LedgerTransaction& post = resolution.orders[0].ledger.at(0);
  EXPECT_EQ(Of(post, "held:a"), Units(-20'000));
  EXPECT_EQ(Of(post, "fragment"), Units(10'000));
  EXPECT_EQ(Of(post, "network_fees"), Units(40));
  EXPECT_EQ(Of(post, "commission"), Units(100));
  EXPECT_EQ(Of(post, "credit:t"), Units(20'000 - 10'000 - 40 - 100));
}

// What runs above the hold is the house's loss: a tenant's credit must not go below zero for it.
TEST(Conclude, FeesAboveTheHoldAreTheWalletsNotTheTenants) {
  const Lane lane = LaneWith(Carrying({"a"}));
  Order order = Paying("a");
  order.funding = Funding::kBalance;
  const LaneResolution resolution =
      Resolve(lane, Says({Verdict::kPaid}, Verdict::kPaid, 50'000), {order});
  const LedgerTransaction& post = resolution.orders[0].ledger.at(0);
  EXPECT_EQ(Of(post, "credit:t"), Units(0));
  EXPECT_EQ(Of(post, "wallet:0:wallet"), Units(20'000 - 10'000 - 50'000 - 100));
  EXPECT_TRUE(Balanced(post));
}

TEST(ConcludeBurn, EndsTheOrdersThatWaitedForIt) {
  const Lane lane = LaneWith(Carrying({}));
  LaneStore::HeldOrder waits;
  waits.order = Paying("a", 3, OrderState::kNeedsReview);
  waits.order.reason = Reason::kPaymentAttemptsExhausted;
  LaneStore::HeldOrder stays;
  stays.order = Paying("b", 0, OrderState::kNeedsReview);
  stays.order.reason = Reason::kPaymentWithoutRecord;
  const LaneResolution resolution =
      ConcludeBurn(lane, Says({}, Verdict::kPaid, 60), {waits, stays}, "seen", kNow);
  ASSERT_THAT(resolution.orders, SizeIs(1));
  EXPECT_EQ(resolution.orders[0].order.state, OrderState::kFailed);
  EXPECT_EQ(resolution.orders[0].order.reason, Reason::kPaymentAttemptsExhausted);
  ASSERT_THAT(resolution.orders[0].ledger, SizeIs(2));
  EXPECT_EQ(Of(resolution.orders[0].ledger[1], "network_fees"), Units(60));
  EXPECT_EQ(resolution.next_seqno, 8);
}

// --- a transfer that was held dead and was executed after all

TEST(Resurrect, KillsTheLaterOneAndPaysTheEarlier) {
  const Transfer winner = Carrying({"a", "b"});
  Transfer loser = Carrying({"a", "c"});
  loser.id = TransferId("later");
  const Judgement judgement = Says({Verdict::kPaid, Verdict::kPaid}, Verdict::kPaid, 90);
  const LaneResurrection back =
      Resurrect(winner, judgement, loser,
                {Paying("a"), Paying("b", 1, OrderState::kQueued), Paying("c")}, "seen", kNow, {});
  ASSERT_TRUE(back.loser.has_value());
  for (const Payment& payment : back.loser->payments) EXPECT_EQ(payment.verdict, Verdict::kDead);
  EXPECT_FALSE(back.loser->provisional);
  EXPECT_EQ(back.winner.verdict, Verdict::kPaid);
  EXPECT_FALSE(back.winner.provisional);
  // a: PAYING -> PAID; b: QUEUED -> NEEDS_REVIEW -> PAID; c: PAYING -> QUEUED.
  ASSERT_THAT(back.orders, SizeIs(4));
  EXPECT_EQ(back.orders[0].order.state, OrderState::kPaid);
  EXPECT_EQ(back.orders[1].order.state, OrderState::kNeedsReview);
  EXPECT_EQ(back.orders[2].order.state, OrderState::kPaid);
  EXPECT_EQ(back.orders[2].order.sequence, back.orders[1].order.sequence + 1);
  EXPECT_EQ(back.orders[3].order.state, OrderState::kQueued);
  EXPECT_EQ(back.orders[3].order.payment_attempts, 0) << "its payment did nothing wrong";
  EXPECT_EQ(back.next_seqno, 8);
}

TEST(Resurrect, AnIdleLanesOrdersAreWithdrawnFromWhereverTheyWere) {
  const Transfer winner = Carrying({"a", "b", "c"});
  const Judgement judgement =
      Says({Verdict::kPaid, Verdict::kPaid, Verdict::kDead}, Verdict::kPaid, 90);
  const LaneResurrection back =
      Resurrect(winner, judgement, std::nullopt,
                {Paying("a", 1, OrderState::kInvoiced), Paying("b", 3, OrderState::kNeedsReview),
                 Paying("c", 1, OrderState::kQueued)},
                "seen", kNow, {});
  EXPECT_FALSE(back.loser.has_value());
  ASSERT_THAT(back.orders, SizeIs(3)) << "what the node skipped stays queued";
  EXPECT_EQ(back.orders[1].order.state, OrderState::kPaid);
  EXPECT_EQ(back.orders[2].order.state, OrderState::kPaid);
  EXPECT_EQ(back.winner.payments[2].verdict, Verdict::kDead);
}

}  // namespace
}  // namespace starlift
