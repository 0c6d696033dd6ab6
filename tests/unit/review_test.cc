// The way out of review: every row of DecideReview's table.
#include "domain/payment/review.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "domain/ledger/ledger.h"
#include "domain/order/order_machine.h"

namespace starlift {
namespace {

constexpr absl::Duration kWindow = absl::Hours(24);
constexpr Resolution kAll[] = {Resolution::kRequeue, Resolution::kFail, Resolution::kDelivered,
                               Resolution::kAcceptLoss};

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

Review Waiting(Reason reason = Reason::kPaymentVerdictUnknown) {
  Review review;
  Order& order = review.order;
  order.id = OrderId("ord_1");
  order.tenant = TenantId("ten_a");
  order.state = OrderState::kNeedsReview;
  order.reason = reason;
  order.reason_message = "why it waits";
  order.payer.wallet_address = "0:aa";
  order.session = SessionId("ses_1");
  order.quote.cost = Units(400);
  order.quote.max_total = Units(500);
  order.sequence = 7;
  order.payment_attempts = 3;
  order.invoice_attempts = 2;
  order.execute_by = At(900);
  order.updated_at = At(1000);
  review.invoice_amount = Units(410);
  return review;
}

ReviewedPayment Attempt(Verdict verdict, bool provisional = false) {
  ReviewedPayment payment;
  payment.verdict = verdict;
  payment.provisional = provisional;
  payment.amount = Units(410);
  return payment;
}

LostPayment Lost(Verdict verdict) {
  LostPayment lost;
  lost.verdict = verdict;
  lost.transaction_hash = verdict == Verdict::kPaid ? "beef" : "";
  return lost;
}

ReviewRequest Asked(Resolution resolution, const std::string& who = "ann") {
  return {OrderId("ord_1"), resolution, {who, "looked at it"}};
}

absl::StatusOr<ReviewOutcome> Decide(const Review& review, Resolution resolution,
                                     const std::string& who = "ann") {
  return DecideReview(review, Asked(resolution, who), At(2000), kWindow);
}

std::string VerdictIn(const absl::Status& status) {
  for (const auto& [name, value] : MetadataOf(status)) {
    if (name == "verdict") return value;
  }
  return "";
}

struct Row {
  std::string name;
  std::vector<ReviewedPayment> payments;
  std::vector<LostPayment> lost;
  bool paid = false;  // the order itself says so
  Reason reason = Reason::kPaymentVerdictUnknown;
  bool lane_shut = false;
  std::string verdict;  // of every refusal
  std::vector<Resolution> allowed;
};

const std::vector<Resolution> kNothing = {};
const std::vector<Resolution> kUnpaidWays = {Resolution::kRequeue, Resolution::kFail};
const std::vector<Resolution> kPaidWays = {Resolution::kDelivered, Resolution::kAcceptLoss};

const ReviewedPayment kLive = Attempt(Verdict::kLive);
const ReviewedPayment kUnknown = Attempt(Verdict::kUnknown);
const ReviewedPayment kPaid = Attempt(Verdict::kPaid);
const ReviewedPayment kDead = Attempt(Verdict::kDead);
const ReviewedPayment kProvisional = Attempt(Verdict::kDead, true);
constexpr Reason kVerdict = Reason::kPaymentVerdictUnknown;
constexpr Reason kCrashed = Reason::kWorkerCrashedRepeatedly;
constexpr Reason kUnrecorded = Reason::kPaymentWithoutRecord;
constexpr Reason kUndelivered = Reason::kDeliveryUnconfirmed;

const std::vector<Row> kTable = {
    {"live", {kLive}, {}, false, kVerdict, false, "LIVE", kNothing},
    {"live after a death", {kDead, kLive}, {}, false, kVerdict, false, "LIVE", kNothing},
    {"unknown", {kUnknown}, {}, false, kVerdict, false, "UNKNOWN", kNothing},
    {"unknown, lane shut", {kUnknown}, {}, false, kVerdict, true, "UNKNOWN", kNothing},
    {"lost, not judged",
     {},
     {Lost(Verdict::kUnknown)},
     false,
     kUnrecorded,
     true,
     "UNKNOWN",
     kNothing},
    {"lost, alive", {kDead}, {Lost(Verdict::kLive)}, false, kVerdict, false, "LIVE", kNothing},
    {"lost alive although paid",
     {kPaid},
     {Lost(Verdict::kLive)},
     true,
     kUndelivered,
     false,
     "LIVE",
     kNothing},
    {"provisional", {kProvisional}, {}, false, kVerdict, false, "PROVISIONAL", kNothing},
    {"provisional beside a final death",
     {kDead, kProvisional},
     {},
     false,
     kVerdict,
     false,
     "PROVISIONAL",
     kNothing},
    {"dead for good", {kDead, kDead}, {}, false, kVerdict, false, "DEAD", kUnpaidWays},
    {"dead for good, lane shut", {kDead}, {}, false, kVerdict, true, "DEAD", kNothing},
    {"never signed for", {}, {}, false, kCrashed, false, "NONE", kUnpaidWays},
    {"never signed for, lane shut", {}, {}, false, kCrashed, true, "NONE", kNothing},
    {"paid", {kPaid}, {}, true, kUndelivered, false, "PAID", kPaidWays},
    {"paid after a death, lane shut",
     {kDead, kPaid},
     {},
     true,
     kUndelivered,
     true,
     "PAID",
     kPaidWays},
    {"paid, crashed", {kPaid}, {}, true, kCrashed, false, "PAID", kPaidWays},
    {"returned", {kPaid}, {}, true, Reason::kPaymentReturned, false, "PAID", kPaidWays},
    {"without record, no verdict known", {}, {}, false, kUnrecorded, false, "UNKNOWN", kNothing},
    {"without record, beside a death", {kDead}, {}, false, kUnrecorded, false, "UNKNOWN", kNothing},
    {"lost and paid",
     {kDead},
     {Lost(Verdict::kPaid)},
     false,
     kUnrecorded,
     false,
     "PAID",
     kPaidWays},
    {"lost and kPaid, crashed",
     {},
     {Lost(Verdict::kPaid)},
     false,
     kCrashed,
     false,
     "PAID",
     kPaidWays},
    {"lost and dead", {}, {Lost(Verdict::kDead)}, false, kUnrecorded, false, "DEAD", kUnpaidWays},
    {"lost and kDead, lane shut",
     {},
     {Lost(Verdict::kDead)},
     false,
     kUnrecorded,
     true,
     "DEAD",
     kNothing},
    {"lost and kDead, provisional",
     {kProvisional},
     {Lost(Verdict::kDead)},
     false,
     kUnrecorded,
     false,
     "PROVISIONAL",
     kNothing},
};

TEST(ReviewTest, EveryRowOfTheTable) {
  for (const Row& row : kTable) {
    Review review = Waiting(row.reason);
    review.payments = row.payments;
    review.lost = row.lost;
    review.lane_shut = row.lane_shut;
    if (row.paid) review.order.paid_at = At(950);
    EXPECT_EQ(AllowedResolutions(review), row.allowed) << row.name;
    const std::set<Resolution> allowed(row.allowed.begin(), row.allowed.end());
    for (Resolution resolution : kAll) {
      const absl::Status status = Decide(review, resolution).status();
      EXPECT_EQ(status.ok(), allowed.count(resolution) == 1)
          << row.name << ": " << ResolutionName(resolution) << " " << status;
      if (status.ok()) continue;
      EXPECT_EQ(ReasonOf(status), Reason::kResolutionNotAllowed) << row.name;
      EXPECT_EQ(VerdictIn(status), row.verdict) << row.name;
    }
  }
}

TEST(ReviewTest, WhatTheChainItselfShowedIsNotUndoneByALostTransfersDeath) {
  Review review = Waiting(Reason::kPaymentWithoutRecord);
  review.order.reason_metadata = {{"transaction_hash", "cafe"}};
  EXPECT_EQ(AllowedResolutions(review), kPaidWays);
  review.lane_shut = true;
  review.payments = {Attempt(Verdict::kDead)};
  review.lost = {Lost(Verdict::kDead)};
  EXPECT_EQ(AllowedResolutions(review), kPaidWays);
  review.lost = {Lost(Verdict::kUnknown)};
  EXPECT_EQ(AllowedResolutions(review), kNothing);
}

TEST(ReviewTest, OnlyOrdersInReview) {
  Review review = Waiting();
  for (OrderState state : OrderStates()) {
    if (state == OrderState::kNeedsReview) continue;
    review.order.state = state;
    for (Resolution resolution : kAll) {
      const absl::Status status = Decide(review, resolution).status();
      EXPECT_EQ(ReasonOf(status), Reason::kNotInReview);
      EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"state", std::string(OrderStateName(state))}}));
    }
  }
}

TEST(ReviewTest, RequeueCountsAnewAndHasTimeAgain) {
  Review review = Waiting();
  review.payments = {Attempt(Verdict::kDead)};
  auto outcome = Decide(review, Resolution::kRequeue);
  ASSERT_TRUE(outcome.ok() && outcome->change) << outcome.status();
  const Order& order = outcome->change->order;
  EXPECT_EQ(order.state, OrderState::kQueued);
  EXPECT_EQ(order.sequence, 8);
  EXPECT_EQ(order.reason, Reason::kNone);
  EXPECT_EQ(order.payment_attempts, 0);
  EXPECT_EQ(order.invoice_attempts, 0);
  EXPECT_EQ(order.execute_by, At(2000) + kWindow);
  EXPECT_TRUE(outcome->change->ledger.empty());
  review.order.execute_by = At(2000) + 2 * kWindow;
  outcome = Decide(review, Resolution::kRequeue);
  EXPECT_EQ(outcome->change->order.execute_by, At(2000) + 2 * kWindow);
}

TEST(ReviewTest, FailReleasesTheHoldToWhereItCameFrom) {
  Review review = Waiting(Reason::kWorkerCrashedRepeatedly);
  review.order.reason_metadata = {{"step", "invoice"}};
  const auto outcome = Decide(review, Resolution::kFail);
  ASSERT_TRUE(outcome.ok() && outcome->change) << outcome.status();
  const Order& order = outcome->change->order;
  EXPECT_EQ(order.state, OrderState::kFailed);
  EXPECT_EQ(order.reason, Reason::kWorkerCrashedRepeatedly);
  EXPECT_EQ(order.reason_message, "why it waits");
  EXPECT_EQ(order.reason_metadata, (ErrorMetadata{{"step", "invoice"}, {"resolution", "fail"}}));
  EXPECT_EQ(order.ended_at, At(2000));
  ASSERT_EQ(outcome->change->ledger.size(), 1u);
  EXPECT_EQ(outcome->change->ledger[0].kind, LedgerKind::kVoid);
  EXPECT_EQ(outcome->change->ledger[0].entries[1].account, "wallet:0:aa");
  EXPECT_EQ(outcome->change->ledger[0].entries[1].amount, Units(500));

  review.order.funding = Funding::kBalance;
  review.order.payer = {};
  const auto credit = Decide(review, Resolution::kFail);
  EXPECT_EQ(credit->change->ledger[0].entries[1].account, "credit:ten_a");
}

TEST(ReviewTest, DeliveredIsTheOperatorsWord) {
  Review review = Waiting(Reason::kDeliveryUnconfirmed);
  review.order.paid_at = At(950);
  review.payments = {Attempt(Verdict::kPaid)};
  const auto outcome = Decide(review, Resolution::kDelivered);
  ASSERT_TRUE(outcome.ok() && outcome->change) << outcome.status();
  EXPECT_EQ(outcome->change->order.state, OrderState::kDelivered);
  EXPECT_EQ(outcome->change->order.evidence, DeliveryEvidence::kOperator);
  EXPECT_EQ(outcome->change->order.paid_at, At(950));
  EXPECT_TRUE(outcome->change->ledger.empty());  // posted when it was paid
}

OperatorDecision Wish(const std::string& who, int64_t sequence,
                      Resolution resolution = Resolution::kAcceptLoss) {
  return {{who, "gone"}, resolution, At(1500), sequence};
}

TEST(ReviewTest, ALossNeedsTwoPeopleWithinOneReview) {
  Review review = Waiting(Reason::kDeliveryUnconfirmed);
  review.order.paid_at = At(950);
  review.payments = {Attempt(Verdict::kPaid)};
  const auto moved = [&review](const std::string& who) {
    const auto outcome = Decide(review, Resolution::kAcceptLoss, who);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() && outcome->change.has_value();
  };
  EXPECT_FALSE(moved("ann"));
  review.decisions = {Wish("bob", 6)};  // of an earlier review
  EXPECT_FALSE(moved("ann"));
  review.decisions = {Wish("Ann", 7)};
  EXPECT_FALSE(moved("ann"));
  review.decisions = {Wish("bob", 7, Resolution::kDelivered)};
  EXPECT_FALSE(moved("ann"));
  review.decisions = {Wish("ann", 7), Wish("bob", 7)};
  EXPECT_TRUE(moved("ann"));
  review.decisions = {Wish("ann", 7)};
  const auto outcome = Decide(review, Resolution::kAcceptLoss, "bob");
  ASSERT_TRUE(outcome.ok() && outcome->change);
  EXPECT_EQ(outcome->change->order.state, OrderState::kReversed);
  EXPECT_EQ(outcome->change->order.reason, Reason::kDeliveryUnconfirmed);
  EXPECT_EQ(outcome->change->order.reason_metadata, (ErrorMetadata{{"resolution", "accept_loss"}}));
  EXPECT_TRUE(outcome->change->ledger.empty());
}

TEST(ReviewTest, APaymentWithoutRecordIsPostedWhenItsOrderEnds) {
  Review review = Waiting(Reason::kPaymentWithoutRecord);
  review.order.reason_metadata = {{"transaction_hash", "cafe"}};
  review.decisions = {Wish("bob", 7)};
  for (Resolution resolution : kPaidWays) {
    const auto outcome = Decide(review, resolution);
    ASSERT_TRUE(outcome.ok() && outcome->change) << outcome.status();
    const OrderChange& change = *outcome->change;
    EXPECT_EQ(change.order.paid_at, At(2000));
    EXPECT_EQ(change.order.payment.transaction_hash, "cafe");
    EXPECT_EQ(change.order.payment.amount, Units(410));
    ASSERT_EQ(change.ledger.size(), 1u);
    EXPECT_EQ(change.ledger[0].kind, LedgerKind::kPost);
    EXPECT_TRUE(Balanced(change.ledger[0]));
    EXPECT_EQ(change.ledger[0].entries[1].amount, Units(410));
    EXPECT_EQ(change.ledger[0].entries[2].amount, Units(90));
  }
  // The restored database may have lost the invoice as well.
  review.invoice_amount = Units(0);
  review.lost = {Lost(Verdict::kPaid)};
  const auto outcome = Decide(review, Resolution::kDelivered);
  ASSERT_TRUE(outcome.ok() && outcome->change);
  EXPECT_EQ(outcome->change->order.payment.transaction_hash, "beef");
  EXPECT_EQ(outcome->change->order.payment.amount, Units(400));
}

TEST(ReviewTest, ALaneIsNotOpenedOverATransferWithoutAVerdict) {
  LaneReport lane;
  lane.shut = true;
  EXPECT_TRUE(CheckOpenable(lane).ok());
  lane.provisional = 2;
  EXPECT_TRUE(CheckOpenable(lane).ok());
  lane.unresolved = Attempt(Verdict::kUnknown);
  EXPECT_EQ(VerdictIn(CheckOpenable(lane)), "UNKNOWN");
  lane.unresolved = Attempt(Verdict::kLive);
  EXPECT_EQ(VerdictIn(CheckOpenable(lane)), "LIVE");
  lane.unresolved.reset();
  lane.unjudged_lost = 1;
  EXPECT_EQ(ReasonOf(CheckOpenable(lane)), Reason::kResolutionNotAllowed);
}

TEST(ReviewTest, NamesAreWhatTheDatabaseSpells) {
  for (Resolution resolution : kAll) {
    EXPECT_EQ(ParseResolution(ResolutionName(resolution)), resolution);
  }
  EXPECT_FALSE(ParseResolution("open_lane").has_value());
}

TEST(OperatorNoteTest, SaysWhoAndWhy) {
  EXPECT_TRUE(CheckOperatorNote({"ann.b@example.com", "because"}).ok());
  const auto field = [](const OperatorNote& note) { return FieldOf(CheckOperatorNote(note)); };
  EXPECT_EQ(field({"", "because"}), "operator");
  EXPECT_EQ(field({"ann ", "because"}), "operator");
  EXPECT_EQ(field({std::string(65, 'a'), "because"}), "operator");
  EXPECT_EQ(field({"ann", ""}), "reason");
  EXPECT_EQ(field({"ann", " \n"}), "reason");
  EXPECT_EQ(field({"ann", std::string(1001, 'x')}), "reason");
  EXPECT_TRUE(SameOperator("Ann", "aNN"));
  EXPECT_FALSE(SameOperator("ann", "anna"));
}

}  // namespace
}  // namespace starlift
