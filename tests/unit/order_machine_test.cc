#include "domain/order/order_machine.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "starlift/v1/error_reason.pb.h"
#include "starlift/v1/order.pb.h"

namespace starlift {
namespace {

std::string Slurp(const std::string& path) {
  std::ifstream file(absl::StrCat(STARLIFT_SOURCE_DIR, "/", path));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The table of the design, written out a second time on purpose: the code must be this and no more.
const std::map<OrderState, std::set<OrderState>>& Designed() {
  using S = OrderState;
  static const auto* table = new std::map<OrderState, std::set<OrderState>>{
      {S::kAwaitingPayment, {S::kQueued, S::kExpired, S::kCancelled}},
      {S::kQueued, {S::kInvoiced, S::kFailed, S::kNeedsReview, S::kReversed}},
      {S::kInvoiced, {S::kPaying, S::kQueued, S::kFailed, S::kNeedsReview, S::kReversed}},
      {S::kPaying, {S::kPaid, S::kQueued, S::kFailed, S::kNeedsReview, S::kReversed}},
      {S::kPaid, {S::kDelivered, S::kNeedsReview}},
      {S::kNeedsReview,
       {S::kQueued, S::kPaying, S::kPaid, S::kDelivered, S::kFailed, S::kReversed}},
  };
  return *table;
}

TEST(OrderMachine, AdmitsExactlyTheDesignedMoves) {
  for (OrderState from : OrderStates()) {
    for (OrderState to : OrderStates()) {
      const auto found = Designed().find(from);
      const bool designed = found != Designed().end() && found->second.count(to) > 0;
      EXPECT_EQ(CanMove(from, to, Funding::kWallet), designed)
          << OrderStateName(from) << " -> " << OrderStateName(to);
    }
  }
}

TEST(OrderMachine, ExternalFundingHasItsOwnMoves) {
  EXPECT_TRUE(CanMove(OrderState::kAwaitingPayment, OrderState::kInvoiced, Funding::kExternal));
  EXPECT_TRUE(CanMove(OrderState::kInvoiced, OrderState::kPaid, Funding::kExternal));
  EXPECT_TRUE(CanMove(OrderState::kInvoiced, OrderState::kExpired, Funding::kExternal));
  EXPECT_FALSE(CanMove(OrderState::kAwaitingPayment, OrderState::kQueued, Funding::kExternal));
  EXPECT_FALSE(CanMove(OrderState::kInvoiced, OrderState::kPaying, Funding::kExternal));
}

TEST(OrderMachine, MoveCountsStampsAndKeepsTheReason) {
  Order order;
  order.sequence = 1;
  const absl::Time now = absl::FromUnixSeconds(1000);
  const Order queued = Move(order, OrderState::kQueued, now);
  EXPECT_EQ(queued.sequence, 2);
  EXPECT_EQ(queued.queued_at, now);
  EXPECT_EQ(OrderEventType(queued), "order.queued");
  const Order failed = Move(queued, OrderState::kFailed, now, {Reason::kSessionDead, "gone", {}});
  EXPECT_EQ(failed.ended_at, now);
  EXPECT_EQ(failed.reason, Reason::kSessionDead);
  EXPECT_EQ(OrderEventType(order), "order.created");
  order.sequence = 2'000'001;  // created after two rollbacks of the database
  EXPECT_EQ(OrderEventType(order), "order.created");
}

TEST(OrderMachineDeathTest, AMoveThatTheTableLacksEndsTheProcess) {
  Order order;
  order.state = OrderState::kDelivered;
  EXPECT_DEATH(Move(order, OrderState::kQueued, absl::UnixEpoch()), "check failed");
}

TEST(OrderMachine, TheDatabaseTheProtoAndThePageAgree) {
  const std::string sql = Slurp("migrations/0001_orders.sql");
  for (OrderState state : OrderStates()) {
    const std::string name(OrderStateName(state));
    EXPECT_TRUE(absl::StrContains(sql, absl::StrCat("'", name, "'"))) << name;
    v1::OrderState parsed;
    EXPECT_TRUE(v1::OrderState_Parse(absl::StrCat("ORDER_STATE_", name), &parsed)) << name;
  }
  EXPECT_EQ(v1::OrderState_descriptor()->value_count(), static_cast<int>(OrderStates().size()) + 1);
  EXPECT_TRUE(absl::StrContains(Slurp("docs/order-lifecycle.md"), OrderMovesMarkdown()))
      << "docs/order-lifecycle.md should hold:\n"
      << OrderMovesMarkdown();
}

TEST(Reasons, TheTableAndTheProtoAgree) {
  std::set<std::string> names;
  for (const ReasonRow& row : ReasonTable()) {
    EXPECT_LE(row.name.size(), 63u);
    EXPECT_TRUE(names.insert(std::string(row.name)).second) << row.name;
    EXPECT_EQ(ParseReason(row.name), row.reason);
    if (row.reason == Reason::kNone) continue;
    v1::ErrorReason parsed;
    EXPECT_TRUE(v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", row.name), &parsed))
        << row.name;
  }
  EXPECT_EQ(v1::ErrorReason_descriptor()->value_count(), static_cast<int>(names.size()));
}

TEST(Reasons, TravelInsideAStatus) {
  const absl::Status status = FailField(Reason::kInsufficientBalance, "payment", "too little",
                                        {{"available", "1:2"}, {"required", ""}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), Reason::kInsufficientBalance);
  EXPECT_EQ(FieldOf(status), "payment");
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"available", "1:2"}, {"required", ""}}));
}

}  // namespace
}  // namespace starlift
