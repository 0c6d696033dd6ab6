// Which of the waiting orders go into one transfer, and what becomes of the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "domain/payment/batch.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/comment.h"

namespace starlift {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kPayee[] = "0:408da3b28b6c065a593e10391269baaa9c5f8caebc0c69d9f0aabbab2a99256b";
constexpr int64_t kTon = 1'000'000'000;
const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

PaymentRules Rules() {
  PaymentRules rules;
  rules.allowed_payees = {kPayee};
  return rules;
}

PayableOrder Waiting(int number, int64_t amount = kTon) {
  PayableOrder payable;
  Order& order = payable.order;
  order.id = OrderId(absl::StrCat("o", number));
  order.tenant = TenantId("t");
  order.state = OrderState::kInvoiced;
  order.sequence = 3;
  order.payer.wallet_address = "0:wallet";
  order.quote.cost = Units(amount);
  order.quote.max_total = Units(2 * amount);
  order.execute_by = kNow + absl::Hours(1);
  Invoice& invoice = payable.invoice;
  invoice.order = order.id;
  invoice.payee = kPayee;
  invoice.amount = Units(amount);
  invoice.sender = "0:wallet";
  invoice.valid_until = kNow + absl::Minutes(10);
  const ton::CellRef cell = *ton::WriteComment(absl::StrCat("50 Telegram Stars \n\nRef#", number));
  const std::vector<uint8_t> boc = ton::WriteBoc(cell);
  invoice.payload_boc.assign(boc.begin(), boc.end());
  invoice.payload_hash = ton::HexOf(cell->hash());
  return payable;
}

std::vector<PayableOrder> Many(int count) {
  std::vector<PayableOrder> waiting;
  for (int i = 0; i < count; ++i) waiting.push_back(Waiting(i));
  return waiting;
}

std::vector<std::string> Names(const std::vector<PayableOrder>& orders) {
  std::vector<std::string> names;
  for (const PayableOrder& one : orders) names.push_back(one.order.id.value());
  return names;
}

size_t Chosen(int count, Units balance, WalletVersion version = WalletVersion::kV5R1) {
  return ChooseBatch(Many(count), balance, version, Rules()).chosen.size();
}

TEST(ChooseBatch, AsManyAsTheWalletsVersionCarries) {
  const Units plenty(1'000 * kTon);
  EXPECT_EQ(Chosen(300, plenty), 255u);
  EXPECT_EQ(Chosen(300, plenty, WalletVersion::kV4R2), 4u);
  EXPECT_EQ(Chosen(3, plenty), 3u);
}

// Balance >= sum of amounts + 0.002 for each message + 0.05.
TEST(ChooseBatch, FewerRatherThanLetTheNodeSkip) {
  const Units exactly_three(3 * kTon + 3 * 2'000'000 + 50'000'000);
  EXPECT_EQ(Chosen(10, exactly_three), 3u);
  EXPECT_EQ(Chosen(10, exactly_three - Units(1)), 2u);
}

TEST(ChooseBatch, WhatDoesNotFitIsTheFirstOfTheNextTransfer) {
  const Batch batch = ChooseBatch({Waiting(1), Waiting(2, 5 * kTon), Waiting(3)}, Units(6 * kTon),
                                  WalletVersion::kV5R1, Rules());
  EXPECT_THAT(Names(batch.chosen), ElementsAre("o1"));
  EXPECT_THAT(Names(batch.too_poor), IsEmpty());
}

TEST(ChooseBatch, OneThatTheWalletCannotPayAloneHoldsNobody) {
  const Batch batch = ChooseBatch({Waiting(1, 50 * kTon), Waiting(2), Waiting(3)}, Units(6 * kTon),
                                  WalletVersion::kV5R1, Rules());
  EXPECT_THAT(Names(batch.chosen), ElementsAre("o2", "o3"));
  EXPECT_THAT(Names(batch.too_poor), ElementsAre("o1"));
}

TEST(ChooseBatch, PaymentsThatLookAlikeNeverTravelTogether) {
  PayableOrder twin = Waiting(1);
  twin.order.id = OrderId("twin");
  const Batch batch =
      ChooseBatch({Waiting(1), twin, Waiting(2)}, Units(100 * kTon), WalletVersion::kV5R1, Rules());
  EXPECT_THAT(Names(batch.chosen), ElementsAre("o1", "o2"));
}

TEST(SortWaiting, AGoodOrderIsPayable) {
  const WaitingOrders sorted = SortWaiting({Waiting(1)}, false, kNow, Rules());
  EXPECT_THAT(Names(sorted.payable), ElementsAre("o1"));
  EXPECT_THAT(sorted.moves, IsEmpty());
}

TEST(SortWaiting, OneBadInvoiceNeverHoldsTheOthers) {
  PayableOrder bad = Waiting(2);
  bad.invoice.payee = "0:stranger";
  const WaitingOrders sorted = SortWaiting({Waiting(1), bad, Waiting(3)}, false, kNow, Rules());
  EXPECT_THAT(Names(sorted.payable), ElementsAre("o1", "o3"));
  ASSERT_EQ(sorted.moves.size(), 1u);
  EXPECT_EQ(sorted.moves[0].order.state, OrderState::kFailed);
  EXPECT_EQ(sorted.moves[0].order.reason, Reason::kInvoiceWrongPayee);
  EXPECT_EQ(sorted.moves[0].ledger.size(), 1u) << "the hold is released";
}

TEST(SortWaiting, AShortInvoiceIsFetchedAnewInsteadOfShorteningTheBatch) {
  PayableOrder short_lived = Waiting(1);
  short_lived.invoice.valid_until = kNow + absl::Seconds(59);
  WaitingOrders sorted = SortWaiting({short_lived}, false, kNow, Rules());
  ASSERT_EQ(sorted.moves.size(), 1u);
  EXPECT_EQ(sorted.moves[0].order.state, OrderState::kQueued);
  EXPECT_EQ(sorted.moves[0].order.invoice_attempts, 1);
  short_lived.order.invoice_attempts = 2;
  sorted = SortWaiting({short_lived}, false, kNow, Rules());
  EXPECT_EQ(sorted.moves[0].order.state, OrderState::kFailed);
  EXPECT_EQ(sorted.moves[0].order.reason, Reason::kInvoiceAttemptsExhausted);
}

TEST(SortWaiting, AnOrderWhosePaymentMayStillBeExecutedIsNeverReleased) {
  PayableOrder held = Waiting(1);
  held.hold_money = true;
  held.order.execute_by = kNow;
  const WaitingOrders sorted = SortWaiting({held}, false, kNow, Rules());
  ASSERT_EQ(sorted.moves.size(), 1u);
  EXPECT_EQ(sorted.moves[0].order.state, OrderState::kNeedsReview);
  EXPECT_THAT(sorted.moves[0].ledger, IsEmpty());
  EXPECT_TRUE(EndsByItself(sorted.moves[0].order));
}

TEST(SortWaiting, OnAShutLaneOnlyTimeEndsAnything) {
  PayableOrder bad = Waiting(1);
  bad.invoice.payee = "0:stranger";
  PayableOrder late = Waiting(2);
  late.order.execute_by = kNow;
  const WaitingOrders sorted = SortWaiting({bad, late}, true, kNow, Rules());
  EXPECT_THAT(Names(sorted.payable), ElementsAre("o1"));
  ASSERT_EQ(sorted.moves.size(), 1u);
  EXPECT_EQ(sorted.moves[0].order.state, OrderState::kNeedsReview) << "its money stays held";
}

TEST(SortWaiting, AForeignPayerIsAllowedOnlyByTheSession) {
  PayableOrder foreign = Waiting(1);
  foreign.invoice.sender = "0:the-sessions-wallet";
  foreign.invoice.foreign_payer = true;
  foreign.foreign_payer_allowed = true;
  EXPECT_EQ(SortWaiting({foreign}, false, kNow, Rules()).payable.size(), 1u);
  foreign.foreign_payer_allowed = false;
  EXPECT_EQ(SortWaiting({foreign}, false, kNow, Rules()).moves[0].order.reason,
            Reason::kInvoiceWrongSender);
  foreign.foreign_payer_allowed = true;
  foreign.invoice.foreign_payer = false;
  EXPECT_EQ(SortWaiting({foreign}, false, kNow, Rules()).moves.size(), 1u);
}

TEST(EndsByItself, NotWhatAPersonHasToFindOut) {
  Order order;
  for (const Reason reason :
       {Reason::kPaymentWithoutRecord, Reason::kPaymentReturned, Reason::kDeliveryUnconfirmed,
        Reason::kWorkerCrashedRepeatedly, Reason::kInternal, Reason::kNone}) {
    order.reason = reason;
    EXPECT_FALSE(EndsByItself(order)) << ReasonName(reason);
  }
  for (const Reason reason : {Reason::kQueueTimeout, Reason::kPaymentAttemptsExhausted,
                              Reason::kRecipientRefused, Reason::kInsufficientBalance}) {
    order.reason = reason;
    EXPECT_TRUE(EndsByItself(order)) << ReasonName(reason);
  }
}

}  // namespace
}  // namespace starlift
