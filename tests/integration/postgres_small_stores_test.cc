// Keys, prices, cookies, deliveries, and what is runnable.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/postgres/delivery_store.h"
#include "adapters/postgres/key_store.h"
#include "adapters/postgres/price_book.h"
#include "adapters/postgres/runnable.h"
#include "base/error.h"
#include "contract/store_world.h"
#include "integration/postgres_world.h"

namespace starlift {
namespace {

// A database of its own: these tests look at whole tables.
class PostgresSmallStoresTest : public StoreContract {
 protected:
  static TestDatabase& database() {
    static TestDatabase own;
    return own;
  }
  PostgresSmallStoresTest() {
    database().Ask("UPDATE webhook_deliveries SET status = 'exhausted'");
    database().Ask("UPDATE orders SET next_attempt_at = NULL");
    database().Ask("UPDATE lanes SET next_attempt_at = NULL");
  }

  std::vector<Delivery> Take(int limit, absl::Duration lease = absl::Seconds(30)) {
    auto claimed = deliveries_.Claim("sender-1", lease, limit);
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    return claimed.ok() ? *std::move(claimed) : std::vector<Delivery>();
  }

  bool IsDue(WorkItem::Kind kind, const std::string& id) {
    const auto due = postgres::PostgresRunnable(database().pool()).Due(1000);
    EXPECT_TRUE(due.ok()) << due.status();
    return std::find(due->begin(), due->end(), WorkItem{kind, id}) != due->end();
  }

  postgres::PostgresDeliveryStore deliveries_{database().pool()};

 public:
  static std::unique_ptr<StoreWorld> MakeOwnWorld() {
    return std::make_unique<PostgresWorld>(database());
  }
};

TEST_P(PostgresSmallStoresTest, KeysAreFoundWithTheirTimes) {
  postgres::PostgresKeyStore keys(database().pool());
  NewTenant tenant;
  tenant.id = TenantId("ten_keys");
  tenant.name = "keys";
  tenant.key.id = "abcd1234";
  tenant.key.hash = std::string(32, '\0');
  tenant.key.expires_at = absl::FromUnixSeconds(1'900'000'000);
  tenant.webhook_secret = {"key", "sealed"};
  ASSERT_TRUE(keys.CreateTenant(tenant).ok());
  const auto found = keys.Find("abcd1234");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->tenant, tenant.id);
  EXPECT_EQ((*found)->hash, tenant.key.hash);
  EXPECT_EQ((*found)->expires_at, tenant.key.expires_at);
  EXPECT_EQ((*found)->revoked_at, absl::InfiniteFuture());
  EXPECT_FALSE(keys.Find("nobody00")->has_value());
  EXPECT_FALSE(keys.Find(std::string("a\0b\xff", 4))->has_value());
  tenant.id = TenantId("ten_other");
  EXPECT_FALSE(keys.CreateTenant(tenant).ok());
  EXPECT_EQ(database().Ask("SELECT count(*) FROM tenants WHERE id = 'ten_other'"), "0");
}

TEST_P(PostgresSmallStoresTest, PricesAreReplacedAndAge) {
  database().Ask("DELETE FROM price_table");
  postgres::PostgresPriceBook prices(database().pool());
  EXPECT_FALSE(prices.Latest()->has_value());
  PriceTable table;
  table.usd_per_ton = "3.21";
  table.packages = {{{ProductType::kStars, 50, 0}, Units(228'600'000)},
                    {{ProductType::kPremium, 0, 3}, Units(3'700'000'000)}};
  ASSERT_TRUE(prices.Replace(table).ok());
  table.packages.pop_back();
  ASSERT_TRUE(prices.Replace(table).ok());
  world_->Pass(absl::Milliseconds(50));
  const auto latest = prices.Latest();
  ASSERT_TRUE(latest.ok() && latest->has_value());
  ASSERT_EQ((*latest)->table.packages.size(), 1u);
  EXPECT_EQ((*latest)->table.packages[0].product, table.packages[0].product);
  EXPECT_EQ((*latest)->table.packages[0].ton, Units(228'600'000));
  EXPECT_EQ((*latest)->table.usd_per_ton, "3.21");
  EXPECT_GE((*latest)->age, absl::Milliseconds(50));
  EXPECT_LT((*latest)->age, absl::Seconds(30));
}

TEST_P(PostgresSmallStoresTest, ATenantsCookiesGoThoughAnothersStay) {
  const ExamplePayer payer = Payer("two");
  const ClaimedOrder one = Claim(CreatePaid("mine", payer).id);
  const TenantId other = world_->NewTenant();
  const NewOrder theirs = Paid(other, "theirs", payer, Now());
  ASSERT_TRUE(world_->orders().Create({&theirs, 1}).front().status.ok());
  const std::string left = absl::StrCat(
      "SELECT string_agg(tenant_id, ',') FROM session_jars WHERE jar IS NOT NULL AND session_id = "
      "'",
      payer.session, "'");
  ASSERT_TRUE(world_->purchases().Save(one, Failed(one.order, Now())).ok());
  EXPECT_EQ(database().Ask(left), other.value());
}

TEST_P(PostgresSmallStoresTest, EachEventIsDeliveredUnderOneId) {
  const Order order = CreatePaid("told", Payer("told"), "https://example.com/hook");
  std::vector<Delivery> first = Take(10);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].order, order.id);
  EXPECT_EQ(first[0].url, "https://example.com/hook");
  EXPECT_NE(first[0].body.find("order.created"), std::string::npos);
  EXPECT_NE(first[1].body.find("order.queued"), std::string::npos);
  EXPECT_EQ(first[0].secret.bytes, "sealed webhook secret");
  EXPECT_EQ(first[0].traceparent, order.traceparent);
  EXPECT_EQ(first[0].attempt, 0);
  EXPECT_NE(first[0].id, first[1].id);
  EXPECT_EQ(first[0].id.substr(0, 4), "evt_");
  EXPECT_TRUE(Take(10).empty());
  const DeliveryAttempt failed{500, "", std::string("no \0 \xff", 6), absl::Milliseconds(12)};
  ASSERT_TRUE(deliveries_.Retry(first[0], failed, absl::Seconds(1)).ok());
  ASSERT_TRUE(deliveries_.Delivered(first[1], {200, "", "ok", absl::Milliseconds(3)}).ok());
  EXPECT_TRUE(Take(10).empty());
  world_->Pass(absl::Milliseconds(1200));
  const std::vector<Delivery> again = Take(10);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].id, first[0].id);
  EXPECT_EQ(again[0].attempt, 1);
  EXPECT_EQ(again[0].body, first[0].body);
  ASSERT_TRUE(deliveries_.GiveUp(again[0], failed).ok());
  EXPECT_EQ(
      database().Ask("SELECT status FROM webhook_deliveries WHERE id = '" + again[0].id + "'"),
      "exhausted");
}

TEST_P(PostgresSmallStoresTest, OneTenantsDeadReceiverHoldsAFewOfASendersThreadsOnly) {
  for (int i = 0; i < 5; ++i) {
    CreatePaid(absl::StrCat("dead", i), Payer(absl::StrCat("dead", i)), "https://dead.example/");
  }
  const TenantId alive = world_->NewTenant();
  NewOrder fresh = Paid(alive, "alive", Payer("alive"), Now());
  fresh.created.order.callback_url = fresh.queued->order.callback_url = "https://alive.example/";
  ASSERT_TRUE(world_->orders().Create({&fresh, 1}).front().status.ok());

  const std::vector<Delivery> first = Take(8);  // 2 of 10, and both of the other's
  ASSERT_EQ(first.size(), 4u);
  const auto of = [&](const TenantId& tenant) {
    return std::count_if(first.begin(), first.end(),
                         [&](const Delivery& delivery) { return delivery.tenant == tenant; });
  };
  EXPECT_EQ(of(tenant_), 2);
  EXPECT_EQ(of(alive), 2);
  EXPECT_TRUE(Take(8).empty()) << "what is held counts";
  const auto elsewhere = deliveries_.Claim("sender-2", absl::Seconds(30), 8);
  ASSERT_TRUE(elsewhere.ok()) << elsewhere.status();
  EXPECT_EQ(elsewhere->size(), 2u) << "another sender has threads of its own";
  for (const Delivery& delivery : first) {
    if (delivery.tenant == tenant_) {
      ASSERT_TRUE(deliveries_.Delivered(delivery, {}).ok());
      break;
    }
  }
  EXPECT_EQ(Take(8).size(), 1u);
}

TEST_P(PostgresSmallStoresTest, WhoHoldsLeastIsServedFirst) {
  for (int i = 0; i < 3; ++i) {
    CreatePaid(absl::StrCat("old", i), Payer(absl::StrCat("old", i)), "https://dead.example/");
  }
  ASSERT_EQ(Take(1).size(), 1u);
  const TenantId late = world_->NewTenant();
  NewOrder fresh = Paid(late, "late", Payer("late"), Now());
  fresh.created.order.callback_url = fresh.queued->order.callback_url = "https://alive.example/";
  ASSERT_TRUE(world_->orders().Create({&fresh, 1}).front().status.ok());
  const std::vector<Delivery> next = Take(1);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].tenant, late) << "though the other tenant's have been due for longer";
}

TEST_P(PostgresSmallStoresTest, AnOldFenceReportsNoAttempt) {
  CreatePaid("slow", Payer("slow"), "https://example.com/hook");
  const std::vector<Delivery> zombie = Take(1, absl::Milliseconds(50));
  ASSERT_EQ(zombie.size(), 1u);
  world_->Pass(absl::Milliseconds(100));
  const std::vector<Delivery> live = Take(10);
  EXPECT_EQ(live.size(), 2u);
  EXPECT_EQ(ReasonOf(deliveries_.Delivered(zombie[0], {})), Reason::kConcurrentRequest);
  for (const Delivery& delivery : live) EXPECT_TRUE(deliveries_.Delivered(delivery, {}).ok());
}

TEST_P(PostgresSmallStoresTest, AnnouncesWhatIsDueAndNotLeased) {
  const ExamplePayer payer = Payer("due");
  const Order order = CreatePaid("due", payer);
  EXPECT_TRUE(IsDue(WorkItem::Kind::kOrder, order.id.value()));
  Claim(order.id, absl::Seconds(1));
  EXPECT_FALSE(IsDue(WorkItem::Kind::kOrder, order.id.value()));
  world_->Pass(absl::Milliseconds(1200));  // its worker died
  EXPECT_TRUE(IsDue(WorkItem::Kind::kOrder, order.id.value()));
  MakeInvoiced(order, "due");
  EXPECT_FALSE(IsDue(WorkItem::Kind::kOrder, order.id.value()));
  EXPECT_TRUE(IsDue(WorkItem::Kind::kLane, payer.wallet));
  ClaimLane(payer.wallet, absl::Seconds(1));
  EXPECT_FALSE(IsDue(WorkItem::Kind::kLane, payer.wallet));
  world_->Pass(absl::Milliseconds(1200));
  EXPECT_TRUE(IsDue(WorkItem::Kind::kLane, payer.wallet));
}

TEST_P(PostgresSmallStoresTest, AnnouncesUnpaidOrdersWhenTheirTimeIsOver) {
  NewOrder fresh = Unpaid(tenant_, "unpaid", Now());
  fresh.created.order.expires_at = Now() + absl::Seconds(1);
  const Order order = world_->orders().Create({&fresh, 1}).front().order;
  EXPECT_FALSE(IsDue(WorkItem::Kind::kOrder, order.id.value()));
  world_->Pass(absl::Milliseconds(1200));
  EXPECT_TRUE(IsDue(WorkItem::Kind::kOrder, order.id.value()));
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresSmallStoresTest,
                         testing::Values(MakeWorld(&PostgresSmallStoresTest::MakeOwnWorld)),
                         WorldName);

}  // namespace
}  // namespace starlift
