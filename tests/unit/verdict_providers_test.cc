// What several providers say together: one proof of payment is enough, a death needs them all.
#include <gtest/gtest.h>

#include "domain/payment/providers.h"
#include "domain/payment/verdict.h"

namespace starlift {
namespace {

const absl::Time kValidUntil = absl::FromUnixSeconds(1'000'000);

Transfer OneSlot() {
  Transfer transfer;
  transfer.seqno = 7;
  transfer.valid_until = kValidUntil;
  transfer.normalized_hash = "ours";
  Payment payment;
  payment.payee = "0:payee";
  payment.amount = Units(5);
  payment.body_hash = "body";
  transfer.payments = {payment};
  return transfer;
}

Evidence Sees(int64_t seqno, absl::Duration after_valid_until) {
  Evidence evidence;
  evidence.account = {{true, seqno}, kValidUntil + after_valid_until, 100};
  return evidence;
}

Evidence SeesPaid() {
  ChainTransaction transaction;
  transaction.hash = "tx";
  transaction.lt = 100;
  transaction.external_in = true;
  transaction.in_normalized_hash = "ours";
  transaction.out = {{"0:payee", Units(5), "body"}};
  Evidence evidence;
  evidence.matches = {transaction};
  return evidence;
}

Evidence SeesDisplaced() {
  Evidence evidence = Sees(8, absl::Seconds(20));
  evidence.history = Evidence::History{1, {}};
  return evidence;
}

Judgement Together(std::vector<Evidence> evidence) {
  return Judge(OneSlot(), evidence, PaymentRules());
}

TEST(VerdictOfProviders, OneFinalTransactionIsEnough) {
  EXPECT_EQ(Together({Sees(7, absl::Seconds(20)), SeesPaid()}).verdict, Verdict::kPaid);
  EXPECT_EQ(Together({SeesPaid(), SeesDisplaced()}).verdict, Verdict::kPaid);
  EXPECT_TRUE(Together({Sees(7, absl::Seconds(20)), SeesPaid()}).transaction.has_value());
}

TEST(VerdictOfProviders, NobodyAnswersIsNoVerdict) {
  EXPECT_EQ(Together({}).verdict, Verdict::kLive);
  EXPECT_EQ(Together({Evidence{}, Evidence{}}).verdict, Verdict::kLive);
}

TEST(VerdictOfProviders, ADeathNeedsAllThatAreCurrent) {
  const Evidence dead = Sees(7, absl::Seconds(20));
  EXPECT_EQ(Together({dead, dead}).verdict, Verdict::kDead);
  EXPECT_EQ(Together({dead, Sees(7, absl::Seconds(10))}).verdict, Verdict::kLive)
      << "within the head bound, and still alive there";
  EXPECT_EQ(Together({Sees(7, absl::Seconds(10)), dead}).verdict, Verdict::kLive);
}

TEST(VerdictOfProviders, OneThatLagsHasNoSay) {
  EXPECT_EQ(Together({Sees(7, absl::Seconds(60)), Sees(7, absl::Seconds(10))}).verdict,
            Verdict::kDead);
}

TEST(VerdictOfProviders, ContradictionsAreUnknown) {
  Evidence foreign;
  foreign.foreign_account = true;
  EXPECT_EQ(Together({Sees(7, absl::Seconds(20)), foreign}).verdict, Verdict::kUnknown);
  EXPECT_EQ(Together({Sees(7, absl::Seconds(20)), Sees(8, absl::Seconds(20))}).verdict,
            Verdict::kUnknown)
      << "one says unused, the other used by something that it does not show";
}

TEST(VerdictOfProviders, TheWeakerDeathCounts) {
  const Judgement judgement = Together({SeesDisplaced(), Sees(7, absl::Seconds(20))});
  EXPECT_EQ(judgement.verdict, Verdict::kDead);
  EXPECT_TRUE(judgement.provisional);
  EXPECT_FALSE(judgement.displaced);
  EXPECT_TRUE(Together({SeesDisplaced(), SeesDisplaced()}).displaced);
}

// The time of one answer and the seqno of another never meet: neither alone proves a death.
TEST(VerdictOfProviders, AnswersAreNeverMixed) {
  const Evidence late_but_used = Sees(8, absl::Seconds(20));
  const Evidence unused_but_early = Sees(7, absl::Seconds(14));
  EXPECT_NE(Together({late_but_used, unused_but_early}).verdict, Verdict::kDead);
}

TEST(VerdictOfProviders, ASkippedSlotIsDeadOnlyWhenAllSeeIt) {
  Transfer transfer = OneSlot();
  Payment second = transfer.payments[0];
  second.slot = 1;
  second.body_hash = "second";
  transfer.payments.push_back(second);
  Evidence sees = SeesPaid();
  sees.matches[0].messages_created = sees.matches[0].skipped_actions = 1;
  sees.account = Sees(8, absl::Seconds(0)).account;
  const Judgement alone = Judge(transfer, std::vector<Evidence>{sees}, PaymentRules());
  EXPECT_EQ(alone.payments, (std::vector<Verdict>{Verdict::kPaid, Verdict::kDead}));
  const Judgement doubted =
      Judge(transfer, std::vector<Evidence>{sees, Sees(7, absl::Seconds(0))}, PaymentRules());
  EXPECT_EQ(doubted.payments, (std::vector<Verdict>{Verdict::kPaid, Verdict::kLive}));
  EXPECT_EQ(doubted.verdict, Verdict::kLive);
  EXPECT_TRUE(doubted.transaction.has_value());
}

TEST(VerdictOfProviders, TheEvidenceIsDescribedForPeople) {
  Evidence named = Sees(7, absl::Seconds(20));
  named.provider = "b";
  const std::string text = Describe(std::vector<Evidence>{named});
  EXPECT_NE(text.find("provider b"), std::string::npos);
  EXPECT_NE(text.find("seqno 7"), std::string::npos);
  EXPECT_EQ(Describe({}), "no provider answered");
}

// --- the list of providers

class OneAnswer final : public Chain {
 public:
  SendOutcome outcome = SendOutcome::kHandedOver;
  absl::StatusOr<AccountState> account = AccountState{};
  int sends = 0;

  SendResult Send(absl::string_view) override {
    ++sends;
    SendResult result;
    result.outcome = outcome;
    return result;
  }
  absl::StatusOr<AccountState> Account(absl::string_view) override { return account; }
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(absl::string_view,
                                                                     absl::string_view) override {
    return std::vector<ChainTransaction>();
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view, int64_t,
                                                                  int) override {
    return std::vector<ChainTransaction>();
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view,
                                                                   int) override {
    return std::vector<ChainTransaction>();
  }
};

TEST(Providers, TheNextOneIsAskedUntilOneTakesTheMessage) {
  OneAnswer a, b;
  Providers providers({{"a", &a}, {"b", &b}});
  EXPECT_EQ(providers.Send("boc", 0).outcome, SendOutcome::kHandedOver);
  EXPECT_EQ(b.sends, 0);
  EXPECT_EQ(providers.Send("boc", 1).outcome, SendOutcome::kHandedOver);
  EXPECT_EQ(b.sends, 1) << "the second hand-over begins with the second provider";
  a.outcome = SendOutcome::kUnknown;
  EXPECT_EQ(providers.Send("boc", 0).outcome, SendOutcome::kHandedOver);
  b.outcome = SendOutcome::kRefusedNow;
  EXPECT_EQ(providers.Send("boc", 0).outcome, SendOutcome::kUnknown) << "it may be under way";
}

TEST(Providers, TheAnswerThatIsWorthMostCounts) {
  using Worth = Providers::Worth;
  OneAnswer a, b;
  a.account->last_lt = 1;
  b.account = absl::UnavailableError("down");
  Providers providers({{"a", &a}, {"b", &b}});
  const auto never = [](const AccountState&) { return Worth::kNothing; };
  ASSERT_TRUE(providers.Account("0:1", never).ok());
  EXPECT_EQ(providers.Account("0:1", never)->chain, &a);
  b.account = AccountState{};
  b.account->last_lt = 2;
  const auto fresh = [](const AccountState& account) {
    return account.last_lt == 2 ? Worth::kGood : Worth::kUsable;
  };
  EXPECT_EQ(providers.Account("0:1", fresh)->chain, &b);
  const auto old = [](const AccountState& account) {
    return account.last_lt == 1 ? Worth::kUsable : Worth::kNothing;
  };
  EXPECT_EQ(providers.Account("0:1", old)->chain, &a) << "a worse answer replaces nothing";
  a.account = b.account = absl::UnavailableError("down");
  EXPECT_FALSE(providers.Account("0:1", never).ok());
}

}  // namespace
}  // namespace starlift
