#include "domain/ledger/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace starlift {
namespace {

const OrderId kOrder("ord_1");
constexpr char kWallet[] = "0:aa";
constexpr char kAccount[] = "wallet:0:aa";

Posting Of(int64_t held, int64_t paid, int64_t fees) {
  Posting posting;
  posting.account = posting.bearer = WalletAccount(kWallet);
  posting.held = Units(held);
  posting.paid = Units(paid);
  posting.fees = Units(fees);
  return posting;
}

std::map<std::string, int64_t> Sums(const std::vector<LedgerTransaction>& transactions) {
  std::map<std::string, int64_t> sums;
  for (const LedgerTransaction& transaction : transactions) {
    for (const LedgerEntry& entry : transaction.entries) {
      sums[entry.account] += entry.amount.value();
    }
  }
  return sums;
}

TEST(LedgerTest, AHoldSetsMoneyAside) {
  const LedgerTransaction hold = Hold(kOrder, kAccount, Asset::kTon, Units(100));
  EXPECT_TRUE(Balanced(hold));
  EXPECT_EQ(hold.order, kOrder);
  EXPECT_EQ(Sums({hold}),
            (std::map<std::string, int64_t>{{"wallet:0:aa", -100}, {"held:ord_1", 100}}));
}

TEST(LedgerTest, AVoidUndoesItsHold) {
  const LedgerTransaction released = Void(kOrder, kAccount, Asset::kTon, Units(100));
  EXPECT_TRUE(Balanced(released));
  for (const auto& [account, sum] :
       Sums({Hold(kOrder, kAccount, Asset::kTon, Units(100)), released})) {
    EXPECT_EQ(sum, 0) << account;
  }
}

TEST(LedgerTest, APostResolvesTheHoldIntoWhatTheChainShows) {
  const LedgerTransaction hold = Hold(kOrder, kAccount, Asset::kTon, Units(100));
  const LedgerTransaction post = Post(kOrder, Of(100, 90, 3));
  EXPECT_TRUE(Balanced(post));
  EXPECT_EQ(Sums({hold, post}),
            (std::map<std::string, int64_t>{
                {"wallet:0:aa", -93}, {"held:ord_1", 0}, {"fragment", 90}, {"network_fees", 3}}));
}

TEST(LedgerTest, APostLeavesOutWhatIsZeroAndTakesFeesAboveTheReserve) {
  const LedgerTransaction exact = Post(kOrder, Of(100, 100, 0));
  EXPECT_EQ(exact.entries.size(), 2u);
  EXPECT_TRUE(Balanced(exact));
  const LedgerTransaction above = Post(kOrder, Of(100, 99, 5));
  EXPECT_TRUE(Balanced(above));
  EXPECT_EQ(Sums({above})["wallet:0:aa"], -4);
}

TEST(LedgerTest, WhatRunsAboveTheHoldIsTheBearers) {
  Posting posting = Of(100, 99, 5);
  posting.account = "credit:t";
  const LedgerTransaction post = Post(kOrder, posting);
  EXPECT_TRUE(Balanced(post));
  EXPECT_EQ(Sums({post}).count("credit:t"), 0u) << "a tenant's credit is not the house's purse";
  EXPECT_EQ(Sums({post})["wallet:0:aa"], -4);
}

TEST(LedgerTest, CommissionIsAnEntryOfItsOwn) {
  Posting posting = Of(100, 90, 3);
  posting.commission = Units(2);
  const LedgerTransaction post = Post(kOrder, posting);
  EXPECT_TRUE(Balanced(post));
  EXPECT_EQ(Sums({post})["commission"], 2);
  EXPECT_EQ(Sums({post})["wallet:0:aa"], 5);
}

TEST(LedgerTest, AFeeIsIndependentOfTheHoldAndBookedOnceForATransaction) {
  const LedgerTransaction fee = Fee(kOrder, kWallet, "tx-1", Units(3));
  EXPECT_TRUE(Balanced(fee));
  EXPECT_EQ(fee.number, Fee(kOrder, kWallet, "tx-1", Units(3)).number);
  EXPECT_NE(fee.number, Fee(kOrder, kWallet, "tx-2", Units(3)).number);
  EXPECT_GT(fee.number, 0);
  EXPECT_EQ(fee.kind, LedgerKind::kFee);
  EXPECT_EQ(Sums({fee}),
            (std::map<std::string, int64_t>{{"wallet:0:aa", -3}, {"network_fees", 3}}));
}

TEST(LedgerTest, SharesSumToTheWhole) {
  for (const int64_t total : {0, 1, 7, 254, 1'000'003}) {
    Units sum;
    for (int slot = 0; slot < 255; ++slot) {
      const Units share = ShareOf(Units(total), slot, 255);
      EXPECT_GE(share, Units(0));
      EXPECT_LE(share, Units(total / 255 + 1));
      sum += share;
    }
    EXPECT_EQ(sum, Units(total));
  }
}

TEST(LedgerTest, CreditComesFromTheOperator) {
  const LedgerTransaction credit = Credit(TenantId("t"), Asset::kTon, Units(50));
  EXPECT_TRUE(Balanced(credit));
  EXPECT_EQ(Sums({credit}), (std::map<std::string, int64_t>{{"operator", -50}, {"credit:t", 50}}));
}

TEST(LedgerTest, WhatDoesNotSumToZeroIsRefused) {
  LedgerTransaction transaction = Hold(kOrder, kAccount, Asset::kTon, Units(100));
  transaction.entries[0].amount = Units(-99);
  EXPECT_FALSE(Balanced(transaction));
  transaction.entries[0].amount = Units(-100);
  transaction.entries[0].asset = Asset::kUsdt;
  EXPECT_FALSE(Balanced(transaction)) << "each asset for itself";
  EXPECT_FALSE(Balanced({kOrder, LedgerKind::kPost, 1, {}}));
  EXPECT_FALSE(Balanced({kOrder, LedgerKind::kPost, 1, {{"a", Asset::kTon, Units(0)}}}));
}

TEST(LedgerTest, NamesAreTheDatabases) {
  EXPECT_EQ(LedgerKindName(LedgerKind::kHold), "hold");
  EXPECT_EQ(LedgerKindName(LedgerKind::kPost), "post");
  EXPECT_EQ(LedgerKindName(LedgerKind::kVoid), "void");
  EXPECT_EQ(LedgerKindName(LedgerKind::kFee), "fee");
  EXPECT_EQ(LedgerKindName(LedgerKind::kCredit), "credit");
}

TEST(LedgerDeathTest, AnEmptyHoldEndsTheProcess) {
  EXPECT_DEATH(Hold(kOrder, kAccount, Asset::kTon, Units(0)), "check failed");
  EXPECT_DEATH(Post(kOrder, Of(1, 0, 0)), "check failed");
  EXPECT_DEATH(Void(kOrder, kAccount, Asset::kTon, Units(-1)), "check failed");
}

}  // namespace
}  // namespace starlift
