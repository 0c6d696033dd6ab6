#include "domain/payment/verdict.h"

#include <gtest/gtest.h>

#include <functional>

namespace starlift {
namespace {

constexpr absl::Duration kMargin = absl::Seconds(15);
const absl::Time kValidUntil = absl::FromUnixSeconds(1'000'000);

Transfer OneSlot(int64_t seqno = 7) {
  Transfer transfer;
  transfer.seqno = seqno;
  transfer.valid_until = kValidUntil;
  transfer.normalized_hash = "ours";
  Payment payment;
  payment.payee = "0:payee";
  payment.amount = Units(5);
  payment.body_hash = "body";
  transfer.payments = {payment};
  return transfer;
}

ChainTransaction Found(std::vector<ChainOutMessage> out, int64_t lt = 100) {
  ChainTransaction transaction;
  transaction.hash = "tx";
  transaction.lt = lt;
  transaction.external_in = true;
  transaction.in_normalized_hash = "ours";
  transaction.out = std::move(out);
  return transaction;
}

Evidence::Account Account(int64_t seqno, absl::Duration after_valid_until, int64_t last_lt = 100,
                          bool deployed = true) {
  return {{deployed, seqno}, kValidUntil + after_valid_until, last_lt};
}

const ChainOutMessage kOurs{"0:payee", Units(5), "body"};

struct Row {
  const char* name;
  Evidence evidence;
  Verdict verdict;
  bool provisional = false;
  bool seqno_used = false;
  int64_t seqno = 7;
};

Evidence With(std::vector<ChainTransaction> matches, std::optional<Evidence::Account> account,
              std::optional<int32_t> other_messages = std::nullopt) {
  Evidence evidence;
  evidence.matches = std::move(matches);
  evidence.account = std::move(account);
  if (other_messages) evidence.history = Evidence::History{*other_messages, {}};
  return evidence;
}

ChainTransaction Skipped(int64_t lt = 100) {
  ChainTransaction transaction = Found({}, lt);
  transaction.action_present = transaction.action_success = true;
  transaction.skipped_actions = 1;
  return transaction;
}

ChainTransaction FailedActionPhase(int64_t lt = 90) {
  ChainTransaction transaction = Found({}, lt);
  transaction.action_present = true;
  transaction.action_result_code = 37;
  return transaction;
}

ChainTransaction ClaimsAllSent(std::vector<ChainOutMessage> out) {
  ChainTransaction transaction = Found(std::move(out));
  transaction.action_present = transaction.action_success = true;
  transaction.messages_created = 1;
  return transaction;
}

Evidence ForeignAccount() {
  Evidence evidence;
  evidence.foreign_account = true;
  return evidence;
}

std::vector<Row> PaidRows() {
  return {
      {"our hash and our message: paid, whatever the account says", With({Found({kOurs})}, {}),
       Verdict::kPaid},
      {"our hash and our message, seqno seen", With({Found({kOurs})}, Account(8, -kMargin)),
       Verdict::kPaid, false, true},
      {"a failed action phase first, paid by the second run",
       With({FailedActionPhase(), Found({kOurs}, 100)}, Account(8, -kMargin)), Verdict::kPaid,
       false, true},
  };
}

std::vector<Row> DeadRows() {
  return {
      {"skipped: our hash, no message, seqno used up, history complete",
       With({Skipped()}, Account(8, -kMargin), 0), Verdict::kDead, false, true},
      {"failed action phase, then skipped, history complete",
       With({FailedActionPhase(), Skipped()}, Account(8, -kMargin), 0), Verdict::kDead, false,
       true},
      {"no action phase at all (exit 137), seqno used up",
       With({Found({})}, Account(8, -kMargin), 0), Verdict::kDead, false, true},
      {"expired: one answer, seqno unused, state past the margin", With({}, Account(7, kMargin)),
       Verdict::kDead, true},
      {"expired after a failed action phase", With({FailedActionPhase()}, Account(7, kMargin)),
       Verdict::kDead, true},
      {"undeployed, seqno 0 signed, nothing external since",
       With({}, Account(0, kMargin, 0, false), 0), Verdict::kDead, true, false, 0},
  };
}

std::vector<Row> DisplacedRows() {
  return {
      {"another message used the seqno, history complete without ours",
       With({}, Account(8, -kMargin), 1), Verdict::kDead, false, true},
      {"a failed action phase of ours, then another message used the seqno",
       With({FailedActionPhase()}, Account(8, -kMargin), 1), Verdict::kDead, false, true},
  };
}

std::vector<Row> OpenRows() {
  return {
      {"nothing learnt", {}, Verdict::kLive},
      {"not found, in time", With({}, Account(7, -kMargin)), Verdict::kLive},
      {"not found, past valid_until but inside the margin",
       With({}, Account(7, kMargin - absl::Seconds(1))), Verdict::kLive},
      {"failed action phase, seqno unused, in time",
       With({FailedActionPhase()}, Account(7, -kMargin)), Verdict::kLive},
      {"skipped, account unread", With({Skipped()}, {}), Verdict::kLive},
      {"skipped, account older than it", With({Skipped()}, Account(8, kMargin, 99)),
       Verdict::kLive},
      {"skipped, seqno used up, history with a gap", With({Skipped()}, Account(8, -kMargin)),
       Verdict::kUnknown, false, true},
      {"failed action phase known, seqno used up by a run that is not indexed yet",
       With({FailedActionPhase()}, Account(8, -kMargin, 120)), Verdict::kUnknown, false, true},
      {"claims to have sent all, to another payee",
       With({ClaimsAllSent({{"0:other", Units(5), "body"}})}, Account(8, -kMargin), 0),
       Verdict::kUnknown, false, true},
      {"claims to have sent all, another amount",
       With({ClaimsAllSent({{"0:payee", Units(4), "body"}})}, Account(8, -kMargin), 0),
       Verdict::kUnknown, false, true},
      {"claims to have sent all, another body",
       With({ClaimsAllSent({{"0:payee", Units(5), "other"}})}, Account(8, -kMargin), 0),
       Verdict::kUnknown, false, true},
      {"seqno used by what was not found: displaced, or an index that lags",
       With({}, Account(8, kMargin)), Verdict::kUnknown, false, true},
      {"seqno used, history complete, and nothing in it can have used it",
       With({}, Account(8, kMargin), 0), Verdict::kUnknown, false, true},
      {"no longer our wallet", ForeignAccount(), Verdict::kUnknown},
      {"undeployed although we signed a later seqno", With({}, Account(0, kMargin, 0, false), 0),
       Verdict::kUnknown},
      {"undeployed, history unread", With({}, Account(0, kMargin, 0, false)), Verdict::kLive, false,
       false, 0},
      {"undeployed, something external happened", With({}, Account(0, kMargin, 0, false), 1),
       Verdict::kUnknown, false, false, 0},
  };
}

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Judgement judgement = Judge(OneSlot(row.seqno), row.evidence, kMargin);
    EXPECT_EQ(VerdictName(judgement.verdict), VerdictName(row.verdict));
    EXPECT_EQ(judgement.provisional, row.provisional);
    EXPECT_EQ(judgement.seqno_used, row.seqno_used);
    ASSERT_EQ(judgement.payments.size(), 1u);
    EXPECT_EQ(VerdictName(judgement.payments[0]), VerdictName(row.verdict));
    if (row.verdict == Verdict::kPaid) {
      EXPECT_TRUE(judgement.transaction.has_value());
    }
    if (row.verdict == Verdict::kLive) {
      EXPECT_FALSE(judgement.transaction.has_value());
    }
    EXPECT_FALSE(judgement.why.empty());
  }
}

TEST(Verdict, PaidNeedsOurMessageInOurTransaction) { Check(PaidRows()); }
TEST(Verdict, DeadNeedsProofOnChain) { Check(DeadRows()); }
TEST(Verdict, DisplacedNeedsTheWholeHistory) { Check(DisplacedRows()); }
TEST(Verdict, EverythingElseStaysOpen) { Check(OpenRows()); }

TEST(Verdict, SlotsAreJudgedOneByOne) {
  Transfer transfer = OneSlot();
  Payment second = transfer.payments[0];
  second.slot = 1;
  second.body_hash = "second";
  transfer.payments.push_back(second);
  Evidence evidence;
  evidence.matches = {Found({kOurs})};
  evidence.matches[0].messages_created = evidence.matches[0].skipped_actions = 1;
  EXPECT_EQ(Judge(transfer, evidence, kMargin).verdict, Verdict::kLive)
      << "a skipped slot is not dead before the account shows the seqno used up";
  evidence.account = Account(8, -kMargin);
  const Judgement judgement = Judge(transfer, evidence, kMargin);
  EXPECT_EQ(judgement.verdict, Verdict::kPaid);
  EXPECT_EQ(judgement.payments, (std::vector<Verdict>{Verdict::kPaid, Verdict::kDead}));
}

// One of two messages is missing in a row that claims to have sent both: a list that was cut short.
TEST(Verdict, ARowThatContradictsItselfKillsNoSlot) {
  Transfer transfer = OneSlot();
  Payment second = transfer.payments[0];
  second.slot = 1;
  second.body_hash = "second";
  transfer.payments.push_back(second);
  Evidence evidence = With({Found({kOurs})}, Account(8, -kMargin), 0);
  evidence.matches[0].messages_created = 2;
  const Judgement judgement = Judge(transfer, evidence, kMargin);
  EXPECT_EQ(judgement.payments, (std::vector<Verdict>{Verdict::kPaid, Verdict::kUnknown}));
  EXPECT_EQ(judgement.verdict, Verdict::kUnknown);
}

TEST(Verdict, AHistoryIsJoinedByLtAndHash) {
  ChainTransaction first, second;
  first.lt = 10;
  first.hash = "a";
  first.previous_lt = 5;
  second.lt = 20;
  second.hash = "b";
  second.previous_lt = 10;
  second.previous_hash = "a";
  EXPECT_TRUE(UnbrokenHistory({first, second}, 5, 20, "b"));
  EXPECT_TRUE(UnbrokenHistory({}, 5, 5, "x")) << "nothing happened";
  EXPECT_FALSE(UnbrokenHistory({}, 5, 20, "b"));
  EXPECT_FALSE(UnbrokenHistory({first, second}, 4, 20, "b"));
  EXPECT_FALSE(UnbrokenHistory({first, second}, 5, 20, "c")) << "another last transaction";
  second.previous_hash = "x";
  EXPECT_FALSE(UnbrokenHistory({first, second}, 5, 20, "b")) << "another one of that time";
  EXPECT_FALSE(UnbrokenHistory({second}, 5, 20, "b"));
}

// No clock of ours takes part: the same evidence gives the same judgement, and time alone, without
// a state that is as late, never kills.
TEST(Verdict, OnlyTheStatesOwnTimeCanExpireATransfer) {
  Evidence evidence;
  evidence.account = Account(7, -absl::Hours(1));
  EXPECT_EQ(Judge(OneSlot(), evidence, kMargin).verdict, Verdict::kLive);
}

TEST(Verdict, ADisplacementIsToldApartFromASkip) {
  EXPECT_TRUE(Judge(OneSlot(), With({}, Account(8, -kMargin), 1), kMargin).displaced);
  EXPECT_FALSE(Judge(OneSlot(), With({Skipped()}, Account(8, -kMargin), 0), kMargin).displaced);
}

TEST(Verdict, FeesOfFailedRunsCount) {
  ChainTransaction failed = FailedActionPhase();
  failed.network_fees = Units(3);
  ChainTransaction paid = Found({kOurs});
  paid.network_fees = Units(4);
  EXPECT_EQ(Judge(OneSlot(), With({failed, paid}, {}), kMargin).network_fees, Units(7));
}

// A transfer without payments only uses the seqno up.
TEST(Verdict, ABurnIsPaidWhenItWasExecuted) {
  Transfer burn = OneSlot();
  burn.payments.clear();
  const Judgement executed = Judge(burn, With({Found({})}, Account(8, -kMargin)), kMargin);
  EXPECT_EQ(executed.verdict, Verdict::kPaid);
  EXPECT_TRUE(executed.seqno_used);
  EXPECT_TRUE(executed.transaction.has_value());
  EXPECT_EQ(Judge(burn, With({}, Account(7, kMargin)), kMargin).verdict, Verdict::kDead);
  EXPECT_EQ(Judge(burn, With({}, Account(8, kMargin)), kMargin).verdict, Verdict::kUnknown);
}

// --- bounces

ChainTransaction Bounce(int64_t amount, int64_t lt = 110) {
  ChainTransaction bounce;
  bounce.lt = lt;
  bounce.bounced_in = true;
  bounce.in_source = "0:payee";
  bounce.in_amount = Units(amount);
  return bounce;
}

Transfer TwoSlots() {
  Transfer transfer = OneSlot();
  transfer.payments[0].amount = Units(5'000'000'000);
  Payment second = transfer.payments[0];
  second.slot = 1;
  second.body_hash = "second";
  transfer.payments.push_back(second);
  return transfer;
}

Evidence BothSent(ChainTransaction bounce) {
  const Units amount(5'000'000'000);
  Evidence evidence = With({Found({{"0:payee", amount, "body"}, {"0:payee", amount, "second"}})},
                           Account(8, -kMargin, 110), 0);
  evidence.history->bounces = {std::move(bounce)};
  return evidence;
}

// It may as well be of an earlier transfer's payment of the same amount: all go to few payees.
TEST(Verdict, APaymentThatMayHaveComeBackIsForAPerson) {
  Transfer transfer = TwoSlots();
  transfer.payments[1].amount = Units(9'000'000'000);
  Evidence evidence = BothSent(Bounce(4'999'000'000));
  evidence.matches[0].out[1].amount = Units(9'000'000'000);
  const Judgement judgement = Judge(transfer, evidence, kMargin);
  EXPECT_EQ(judgement.payments, (std::vector<Verdict>{Verdict::kUnknown, Verdict::kPaid}));
}

// A failed run of it may have been followed by another message, which used the seqno.
TEST(Verdict, AFailedRunOfABurnProvesNothing) {
  Transfer burn = OneSlot();
  burn.payments.clear();
  EXPECT_EQ(Judge(burn, With({FailedActionPhase()}, Account(8, -kMargin)), kMargin).verdict,
            Verdict::kUnknown);
}

TEST(Verdict, ABounceThatFitsTwoPaymentsSaysNothingOfEither) {
  const Judgement judgement = Judge(TwoSlots(), BothSent(Bounce(4'999'000'000)), kMargin);
  EXPECT_EQ(judgement.verdict, Verdict::kUnknown);
}

TEST(Verdict, SomebodyElsesBounceIsNotOurs) {
  ChainTransaction foreign = Bounce(4'999'000'000);
  foreign.in_source = "0:stranger";
  EXPECT_EQ(Judge(TwoSlots(), BothSent(foreign), kMargin).verdict, Verdict::kPaid);
  EXPECT_EQ(Judge(TwoSlots(), BothSent(Bounce(4'999'000'000, 50)), kMargin).verdict, Verdict::kPaid)
      << "it came before our message left";
  EXPECT_EQ(Judge(TwoSlots(), BothSent(Bounce(1'000'000'000)), kMargin).verdict, Verdict::kPaid)
      << "far less than we sent";
}

}  // namespace
}  // namespace starlift
