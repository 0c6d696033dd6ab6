// How providers are asked, and what is kept of their answers.
#include "domain/payment/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "domain/payment/wallet_contract.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

using testing::SizeIs;

const absl::Time kValidUntil = absl::FromUnixSeconds(1'000'000);
const ton::KeyPair& Key() {
  static const ton::KeyPair& key =
      *new ton::KeyPair(ton::KeyPairFromSeed(std::vector<uint8_t>(32, 1)));
  return key;
}
Payer Wallet() { return PayerFor(WalletVersion::kV5R1, Key().public_key, ton::kMainnet); }

// A provider that says what it was told to say.
class Told final : public Chain {
 public:
  std::vector<ChainTransaction> by_hash;
  std::vector<ChainTransaction> history;  // oldest first
  AccountState account;
  int asked = 0;

  Told() {
    account.status = AccountState::Status::kActive;
    account.code = ton::WalletV5Code();
    account.state_time = kValidUntil - absl::Seconds(10);
    SetSeqno(8);
  }
  void SetSeqno(uint32_t seqno) {
    account.data = ton::WalletV5Data(seqno, WalletIdFor(WalletVersion::kV5R1, ton::kMainnet),
                                     Key().public_key);
  }
  // Appends a transaction to the history.
  ChainTransaction& Add(int64_t lt) {
    ChainTransaction transaction;
    transaction.lt = lt;
    transaction.hash = absl::StrCat("tx", lt);
    transaction.previous_lt = account.last_lt;
    transaction.previous_hash = account.last_hash;
    account.last_lt = lt;
    account.last_hash = transaction.hash;
    return history.emplace_back(std::move(transaction));
  }

  SendResult Send(absl::string_view) override { return {}; }
  absl::StatusOr<AccountState> Account(absl::string_view) override {
    ++asked;
    return account;
  }
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(absl::string_view,
                                                                     absl::string_view) override {
    ++asked;
    return by_hash;
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view, int64_t after,
                                                                  int limit) override {
    std::vector<ChainTransaction> page;
    for (const ChainTransaction& transaction : history) {
      if (transaction.lt > after && page.size() < static_cast<size_t>(limit)) {
        page.push_back(transaction);
      }
    }
    return page;
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view,
                                                                   int) override {
    return history;
  }
};

Transfer Slots(int count, int64_t start_lt) {
  Transfer transfer;
  transfer.wallet = Wallet().wallet_address;
  transfer.seqno = 7;
  transfer.valid_until = kValidUntil;
  transfer.normalized_hash = "ours";
  transfer.start_lt = start_lt;
  for (int slot = 0; slot < count; ++slot) {
    Payment payment;
    payment.slot = slot;
    payment.payee = "0:payee";
    payment.amount = Units(5);
    payment.body_hash = absl::StrCat("body", slot);
    transfer.payments.push_back(payment);
  }
  return transfer;
}

// What the wallet's transaction with our hash holds.
void MakeOurs(ChainTransaction* transaction, int sent, int created) {
  transaction->external_in = true;
  transaction->in_normalized_hash = "ours";
  transaction->action_present = transaction->action_success = true;
  transaction->messages_created = created;
  for (int slot = 0; slot < sent; ++slot) {
    transaction->out.push_back({"0:payee", Units(5), absl::StrCat("body", slot)});
  }
}

// A match that lies before the history's beginning (a lane that has moved on since) is a match all
// the same: dropped, the payment would be taken for displaced, and made again.
TEST(Evidence, AMatchThatWasFoundByItsHashIsNeverDropped) {
  Told chain;
  MakeOurs(&chain.Add(50), 1, 1);
  chain.by_hash = chain.history;
  chain.Add(60).external_in = true;
  chain.history.back().in_normalized_hash = "other";
  Transfer transfer = Slots(1, 55);
  transfer.payments[0].amount = Units(6);  // whatever keeps it from being PAID at once
  const auto evidence = GatherEvidence(Providers({{"a", &chain}}), transfer, Wallet(), {});
  ASSERT_THAT(evidence, SizeIs(1));
  EXPECT_THAT(evidence[0].matches, SizeIs(1));
  EXPECT_FALSE(evidence[0].history.has_value());
  EXPECT_NE(Judge(transfer, evidence, PaymentRules()).verdict, Verdict::kDead);
}

TEST(Evidence, OneProvidersShortenedListKillsNothing) {
  Told cut, whole;
  MakeOurs(&cut.Add(100), 1, 2);  // created two, shows one
  MakeOurs(&whole.Add(100), 2, 2);
  cut.by_hash = cut.history;
  whole.by_hash = whole.history;
  const Transfer transfer = Slots(2, 0);
  const auto evidence =
      GatherEvidence(Providers({{"a", &cut}, {"b", &whole}}), transfer, Wallet(), {});
  EXPECT_THAT(evidence, SizeIs(2)) << "a slot is missing: the other one is asked as well";
  const Judgement judgement = Judge(transfer, evidence, PaymentRules());
  EXPECT_EQ(judgement.payments, (std::vector<Verdict>{Verdict::kPaid, Verdict::kPaid}));
  const auto alone = GatherEvidence(Providers({{"a", &cut}}), transfer, Wallet(), {});
  EXPECT_EQ(Judge(transfer, alone, PaymentRules()).payments[1], Verdict::kUnknown);
}

TEST(Evidence, OneProofOfEveryPaymentIsEnough) {
  Told first, second;
  MakeOurs(&first.Add(100), 2, 2);
  first.by_hash = first.history;
  const Transfer transfer = Slots(2, 0);
  GatherEvidence(Providers({{"a", &first}, {"b", &second}}), transfer, Wallet(), {});
  EXPECT_EQ(first.asked, 1);
  EXPECT_EQ(second.asked, 0);
}

TEST(Evidence, AHistoryOfThousandsIsReadPageByPage) {
  Told chain;
  for (int64_t lt = 1; lt <= 2'500; ++lt) chain.Add(lt);
  chain.Add(2'600).external_in = true;
  chain.history.back().in_normalized_hash = "other";
  const auto evidence = GatherEvidence(Providers({{"a", &chain}}), Slots(1, 0), Wallet(), {});
  ASSERT_TRUE(evidence[0].history.has_value());
  EXPECT_EQ(evidence[0].history->other_messages, 1);
  EXPECT_TRUE(Judge(Slots(1, 0), evidence, PaymentRules()).displaced);
}

TEST(Evidence, AHistoryWithoutAnEndIsNone) {
  Told chain;
  for (int64_t lt = 1; lt <= 10'001; ++lt) chain.Add(lt);
  const auto evidence = GatherEvidence(Providers({{"a", &chain}}), Slots(1, 0), Wallet(), {});
  EXPECT_FALSE(evidence[0].history.has_value());
}

// A gasless relay of the owner's (V5R1) uses a seqno without an external message.
TEST(Evidence, ARelayedMessageMayHaveUsedTheSeqno) {
  Told chain;
  chain.Add(60).in_opcode = ton::kWalletV5SignedInternal;
  chain.Add(70);  // somebody sent coins
  const auto evidence = GatherEvidence(Providers({{"a", &chain}}), Slots(1, 0), Wallet(), {});
  EXPECT_EQ(evidence[0].history->other_messages, 1);
}

TEST(Evidence, SeveralTransfersAreJudgedFromOneHistory) {
  Told chain;
  MakeOurs(&chain.Add(100), 1, 1);
  std::vector<Transfer> transfers = {Slots(1, 0), Slots(1, 0)};
  transfers[1].normalized_hash = "later";
  const auto evidence = GatherFromHistory(Providers({{"a", &chain}}), transfers, Wallet(), {});
  ASSERT_THAT(evidence, SizeIs(2));
  EXPECT_EQ(Judge(transfers[0], evidence[0], PaymentRules()).verdict, Verdict::kPaid);
  const Judgement later = Judge(transfers[1], evidence[1], PaymentRules());
  EXPECT_TRUE(later.displaced);
  EXPECT_EQ(chain.asked, 1) << "one account answer for all";
}

}  // namespace
}  // namespace starlift
