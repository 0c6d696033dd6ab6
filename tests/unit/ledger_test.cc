#include "domain/ledger/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace starlift {
namespace {

const OrderId kOrder("ord_1");
constexpr char kWallet[] = "0:aa";

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
  const LedgerTransaction hold = Hold(kOrder, kWallet, Asset::kTon, Units(100));
  EXPECT_TRUE(Balanced(hold));
  EXPECT_EQ(hold.order, kOrder);
  EXPECT_EQ(Sums({hold}),
            (std::map<std::string, int64_t>{{"wallet:0:aa", -100}, {"held:ord_1", 100}}));
}

TEST(LedgerTest, AVoidUndoesItsHold) {
  const LedgerTransaction released = Void(kOrder, kWallet, Asset::kTon, Units(100));
  EXPECT_TRUE(Balanced(released));
  for (const auto& [account, sum] :
       Sums({Hold(kOrder, kWallet, Asset::kTon, Units(100)), released})) {
    EXPECT_EQ(sum, 0) << account;
  }
}

TEST(LedgerTest, APostResolvesTheHoldIntoWhatTheChainShows) {
  const LedgerTransaction hold = Hold(kOrder, kWallet, Asset::kTon, Units(100));
  const LedgerTransaction post =
      Post(kOrder, kWallet, Asset::kTon, Units(100), Units(90), Units(3));
  EXPECT_TRUE(Balanced(post));
  EXPECT_EQ(Sums({hold, post}),
            (std::map<std::string, int64_t>{
                {"wallet:0:aa", -93}, {"held:ord_1", 0}, {"fragment", 90}, {"network_fees", 3}}));
}

TEST(LedgerTest, APostLeavesOutWhatIsZeroAndTakesFeesAboveTheReserve) {
  const LedgerTransaction exact =
      Post(kOrder, kWallet, Asset::kTon, Units(100), Units(100), Units(0));
  EXPECT_EQ(exact.entries.size(), 2u);
  EXPECT_TRUE(Balanced(exact));
  const LedgerTransaction above =
      Post(kOrder, kWallet, Asset::kTon, Units(100), Units(99), Units(5));
  EXPECT_TRUE(Balanced(above));
  EXPECT_EQ(Sums({above})["wallet:0:aa"], -4);
}

TEST(LedgerTest, AFeeIsIndependentOfTheHold) {
  const LedgerTransaction fee = Fee(kOrder, kWallet, 2, Units(3));
  EXPECT_TRUE(Balanced(fee));
  EXPECT_EQ(fee.number, 2);
  EXPECT_EQ(fee.kind, LedgerKind::kFee);
  EXPECT_EQ(Sums({fee}),
            (std::map<std::string, int64_t>{{"wallet:0:aa", -3}, {"network_fees", 3}}));
}

TEST(LedgerTest, WhatDoesNotSumToZeroIsRefused) {
  LedgerTransaction transaction = Hold(kOrder, kWallet, Asset::kTon, Units(100));
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
}

TEST(LedgerDeathTest, AnEmptyHoldEndsTheProcess) {
  EXPECT_DEATH(Hold(kOrder, kWallet, Asset::kTon, Units(0)), "check failed");
  EXPECT_DEATH(Post(kOrder, kWallet, Asset::kTon, Units(1), Units(0), Units(0)), "check failed");
  EXPECT_DEATH(Void(kOrder, kWallet, Asset::kTon, Units(-1)), "check failed");
}

}  // namespace
}  // namespace starlift
