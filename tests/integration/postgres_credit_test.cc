// The tenants' prepaid credit on PostgreSQL.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "integration/postgres_world.h"

namespace starlift {
namespace {

class PostgresCreditTest : public testing::Test {
 protected:
  CreditBooking Booking(const std::string& request_id, int64_t amount) {
    return {tenant_, request_id, Units(amount), "ann", "paid in"};
  }
  int Bookings() {
    return std::stoi(SharedDatabase().Ask(
        "SELECT count(*) FROM credit_bookings WHERE tenant_id = '" + tenant_.value() + "'"));
  }
  // What the ledger says, beside what `credits` says.
  Units InLedger() {
    return Units(std::stoll(SharedDatabase().Ask(
        "SELECT COALESCE(sum(amount), 0) FROM ledger_entries WHERE account = 'credit:" +
        tenant_.value() + "'")));
  }
  absl::Time Now() { return absl::FromUnixMicros(absl::ToUnixMicros(world_.Now())); }

  PostgresWorld world_{SharedDatabase()};
  const TenantId tenant_ = world_.NewTenant();
  postgres::PostgresCreditStore credits_{SharedDatabase().pool()};
};

TEST_F(PostgresCreditTest, BooksOnceWhateverIsCalledAgain) {
  const auto first = credits_.Book(Booking("b1", 1000));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->available, Units(1000));
  EXPECT_FALSE(first->replayed);
  const auto again = credits_.Book(Booking("b1", 1000));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->available, Units(1000));
  EXPECT_EQ(Bookings(), 1);
  EXPECT_EQ(InLedger(), Units(1000));
  EXPECT_EQ(world_.LedgerSum(), Units(0));
}

TEST_F(PostgresCreditTest, AnotherBookingUnderTheSameIdIsNamed) {
  ASSERT_TRUE(credits_.Book(Booking("b1", 1000)).ok());
  CreditBooking other = Booking("b1", 1001);
  absl::Status status = credits_.Book(other).status();
  EXPECT_EQ(ReasonOf(status), Reason::kRequestIdReused);
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"field", "amount"}}));
  other = Booking("b1", 1000);
  other.operator_name = "bob";
  status = credits_.Book(other).status();
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"field", "operator"}}));
  EXPECT_EQ(InLedger(), Units(1000));
}

TEST_F(PostgresCreditTest, AReasonThatTheDatabaseCannotHoldIsStillARepeat) {
  CreditBooking odd = Booking("b1", 5);
  odd.reason = std::string("a\0b\xff", 4);
  ASSERT_TRUE(credits_.Book(odd).ok());
  const auto again = credits_.Book(odd);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
}

TEST_F(PostgresCreditTest, NeverFallsBelowZero) {
  absl::Status status = credits_.Book(Booking("b1", -1)).status();
  EXPECT_EQ(ReasonOf(status), Reason::kCreditInsufficient);
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"available", "0"}, {"required", "1"}}));
  ASSERT_TRUE(credits_.Book(Booking("b2", 1000)).ok());
  status = credits_.Book(Booking("b3", -1001)).status();
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"available", "1000"}, {"required", "1001"}}));
  EXPECT_EQ(credits_.Book(Booking("b3", -1000))->available, Units(0));
  EXPECT_EQ(Bookings(), 2);
}

TEST_F(PostgresCreditTest, TenantsAreKnownOrNot) {
  EXPECT_EQ(credits_.Available(tenant_).value(), Units(0));
  EXPECT_EQ(ReasonOf(credits_.Available(TenantId("ten_nobody")).status()), Reason::kTenantNotFound);
  EXPECT_EQ(ReasonOf(credits_.Available(TenantId(std::string("\0\xff", 2))).status()),
            Reason::kTenantNotFound);
  CreditBooking stray = Booking("b1", 5);
  stray.tenant = TenantId("ten_nobody");
  EXPECT_EQ(ReasonOf(credits_.Book(stray).status()), Reason::kTenantNotFound);
}

TEST_F(PostgresCreditTest, ManyOrdersAtOnceSpendItOnce) {
  constexpr int kOrders = 12;
  const Units each = PaidByCredit(tenant_, "x", Now()).created.order.quote.max_total;
  world_.GiveCredit(tenant_, Units(each.value() * 5 + 1));
  std::atomic<int> paid = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kOrders; ++i) {
    threads.emplace_back([&, i] {
      const NewOrder order = PaidByCredit(tenant_, "burst" + std::to_string(i), Now());
      const CreateResult result = world_.orders().Create({&order, 1}).front();
      paid += result.created;
      refused += ReasonOf(result.status) == Reason::kCreditInsufficient;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(paid, 5);
  EXPECT_EQ(refused, kOrders - 5);
  EXPECT_EQ(world_.CreditOf(tenant_), Units(1));
  EXPECT_EQ(InLedger(), Units(1));
}

TEST_F(PostgresCreditTest, AVoidedHoldComesBack) {
  const NewOrder order = PaidByCredit(tenant_, "void", Now());
  const Units total = order.created.order.quote.max_total;
  world_.GiveCredit(tenant_, total);
  ASSERT_TRUE(world_.orders().Create({&order, 1}).front().created);
  EXPECT_EQ(world_.CreditOf(tenant_), Units(0));
  const auto claimed = world_.purchases().Claim(order.created.order.id, "w", absl::Seconds(30));
  ASSERT_TRUE(claimed.ok() && claimed->has_value()) << claimed.status();
  const Order& held = (*claimed)->order;
  const OrderChange failed{
      Move(held, OrderState::kFailed, Now(), {Reason::kQueueTimeout, "no session", {}}),
      {Void(held.id, CreditAccount(tenant_), Asset::kTon, total)}};
  const absl::Status saved = world_.purchases().Save(**claimed, failed);
  ASSERT_TRUE(saved.ok()) << saved;
  EXPECT_EQ(world_.CreditOf(tenant_), total);
}

TEST_F(PostgresCreditTest, OrdersOfALaterEraAreNumberedAboveItsMillion) {
  TestDatabase restored;
  PostgresWorld world(restored);
  const TenantId tenant = world.NewTenant();
  const NewOrder before = Unpaid(tenant, "before", Now());
  ASSERT_EQ(world.orders().Create({&before, 1}).front().order.sequence, 1);
  const auto begin = [&restored](int number) {
    EXPECT_EQ(restored.Refusal("INSERT INTO eras (number, newest_transfer, safe_after) VALUES (" +
                               std::to_string(number) + ", 7, now())"),
              "");
  };
  begin(1);
  const NewOrder after = Unpaid(tenant, "after", Now());
  const Order first = world.orders().Create({&after, 1}).front().order;
  EXPECT_EQ(first.sequence, 1'000'001);
  const auto events = world.orders().EventsAfter(tenant, first.id, 0, 10);
  ASSERT_TRUE(events.ok() && events->size() == 1);
  EXPECT_EQ(events->front().sequence, 1'000'001);
  EXPECT_NE(events->front().body.find("order.created"), std::string::npos);
  // A repeat finds the one of the era before.
  const CreateResult repeat = world.orders().Create({&before, 1}).front();
  EXPECT_FALSE(repeat.created);
  EXPECT_EQ(repeat.order.sequence, 1);
  begin(2);
  world.GiveCredit(tenant, Units(1'000'000'000));
  const std::vector<NewOrder> batch = {PaidByCredit(tenant, "paid", Now()),
                                       Unpaid(tenant, "unpaid", Now())};
  const auto results = world.orders().Create(batch);
  EXPECT_EQ(results[0].order.sequence, 2'000'002);
  EXPECT_EQ(results[0].order.state, OrderState::kQueued);
  EXPECT_EQ(results[1].order.sequence, 2'000'001);
}

}  // namespace
}  // namespace starlift
