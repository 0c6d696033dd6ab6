// Many writers at once: whoever comes second changes nothing.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "contract/store_world.h"
#include "integration/postgres_world.h"
#include "integration/racing_writers.h"

namespace starlift {
namespace {

class PostgresRacesTest : public StoreContract {};

TEST_P(PostgresRacesTest, OneCreateWins) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = absl::StrCat("create", round);
    const NewOrder fresh = Paid(tenant_, name, Payer(name), Now());
    EXPECT_EQ(Winners([&](int) {
                const CreateResult result = world_->orders().Create({&fresh, 1}).front();
                EXPECT_TRUE(result.status.ok()) << result.status;
                return result.created;
              }),
              1);
    EXPECT_EQ(world_->LedgerTransactions(fresh.created.order.id), 1);
  }
}

TEST_P(PostgresRacesTest, BatchesThatShareOrdersDoNotBlockEachOther) {
  std::vector<NewOrder> batch;
  for (int i = 0; i < 40; ++i) batch.push_back(Unpaid(tenant_, absl::StrCat("s", i), Now()));
  std::atomic<int> created{0};
  Winners([&](int writer) {
    std::vector<NewOrder> mine = batch;
    if (writer % 2 == 1) std::reverse(mine.begin(), mine.end());
    for (const CreateResult& result : world_->orders().Create(mine)) {
      EXPECT_TRUE(result.status.ok()) << result.status;
      created += result.created;
    }
    return true;
  });
  EXPECT_EQ(created, 40);
}

TEST_P(PostgresRacesTest, OnePaymentOrCancellationWins) {
  for (int round = 0; round < 5; ++round) {
    NewOrder fresh = Unpaid(tenant_, absl::StrCat("pay", round), Now());
    const Order order = world_->orders().Create({&fresh, 1}).front().order;
    EXPECT_EQ(
        Winners([&](int writer) {
          if (writer % 2 == 0) {
            return *world_->orders().EndUnpaid({Move(order, OrderState::kCancelled, Now()), {}});
          }
          const ExamplePayer payer = Payer(absl::StrCat("pay", writer));
          return *world_->orders().Pay(Queued(order, payer, Now()),
                                       Secured(absl::StrCat("p", writer), payer));
        }),
        1);
    EXPECT_EQ(Load(order.id).sequence, 2);
  }
}

TEST_P(PostgresRacesTest, OneWorkerClaims) {
  const Order order = CreatePaid("claim", Payer("claim"));
  EXPECT_EQ(Winners([&](int writer) {
              return world_->purchases()
                  .Claim(order.id, absl::StrCat("w", writer), absl::Seconds(30))
                  ->has_value();
            }),
            1);
}

TEST_P(PostgresRacesTest, OneOrderGetsTheSession) {
  const ExamplePayer payer = Payer("session");
  std::vector<ClaimedOrder> claimed;
  for (int i = 0; i < kWriters; ++i) {
    claimed.push_back(Claim(CreatePaid(absl::StrCat("session", i), payer).id));
  }
  EXPECT_EQ(Winners([&](int writer) {
              const auto lease = world_->purchases().AcquireSession(claimed[writer]);
              EXPECT_TRUE(lease.ok()) << lease.status();
              return lease->has_value();
            }),
            1);
}

TEST_P(PostgresRacesTest, EndingOrdersAndNewPaymentsShareASessionSafely) {
  const ExamplePayer payer = Payer("churn");
  std::vector<ClaimedOrder> ending;
  for (int i = 0; i < kWriters; ++i) {
    ending.push_back(Claim(CreatePaid(absl::StrCat("end", i), payer).id));
  }
  Winners([&](int writer) {
    const absl::Status ended =
        world_->purchases().Save(ending[writer], Failed(ending[writer].order, Now()));
    EXPECT_TRUE(ended.ok()) << ended;
    const NewOrder fresh = Paid(tenant_, absl::StrCat("new", writer), payer, Now());
    EXPECT_TRUE(world_->orders().Create({&fresh, 1}).front().status.ok());
    return true;
  });
  // The session still has orders, so its cookies are there.
  EXPECT_TRUE(world_->HasJar(SessionId(payer.session)));
}

TEST_P(PostgresRacesTest, TenantsShareASessionWithoutWaitingInACircle) {
  const ExamplePayer payer = Payer("crowd");
  const TenantId other = world_->NewTenant();
  for (int round = 0; round < 5; ++round) {
    std::vector<ClaimedOrder> ending;
    for (int i = 0; i < kWriters; ++i) {
      const NewOrder fresh =
          Paid(i % 2 == 0 ? tenant_ : other, absl::StrCat("old", round, "-", i), payer, Now());
      ending.push_back(Claim(world_->orders().Create({&fresh, 1}).front().order.id));
    }
    Winners([&](int writer) {
      const absl::Status ended =
          world_->purchases().Save(ending[writer], Failed(ending[writer].order, Now()));
      EXPECT_TRUE(ended.ok()) << ended;
      // A batch pays for both, the one or the other first.
      std::vector<NewOrder> batch;
      for (const TenantId& tenant :
           {writer % 2 == 0 ? tenant_ : other, writer % 2 == 0 ? other : tenant_}) {
        batch.push_back(Paid(tenant, absl::StrCat("new", round, "-", writer), payer, Now()));
      }
      for (const CreateResult& result : world_->orders().Create(batch)) {
        EXPECT_TRUE(result.status.ok()) << result.status;
      }
      return true;
    });
  }
  EXPECT_EQ(SharedDatabase().Ask("SELECT count(*) FROM session_jars WHERE jar IS NOT NULL AND "
                                 "session_id = '" +
                                 payer.session + "'"),
            "2");
}

TEST_P(PostgresRacesTest, TheNextOrderSeesTheCookiesThatTheLastOneLeft) {
  for (int round = 0; round < 20; ++round) {
    const ExamplePayer payer = Payer(absl::StrCat("handover", round));
    const ClaimedOrder one = Claim(CreatePaid(absl::StrCat("one", round), payer).id);
    const ClaimedOrder two = Claim(CreatePaid(absl::StrCat("two", round), payer).id);
    ASSERT_TRUE(world_->purchases().AcquireSession(one)->has_value());
    Winners([&](int writer) {
      if (writer == 0) {
        return world_->purchases().Save(one, Failed(one.order, Now())).ok();
      }
      if (writer > 1) return true;
      const auto lease = world_->purchases().AcquireSession(two);
      EXPECT_TRUE(lease.ok()) << lease.status();
      if (lease->has_value()) {
        EXPECT_TRUE(*world_->purchases().SaveJar(**lease, {"key0000000000001", "rotated"}));
      }
      return true;
    });
  }
}

TEST_P(PostgresRacesTest, AnEndingOrderNeverKeepsItsSession) {
  for (int round = 0; round < 10; ++round) {
    const ExamplePayer payer = Payer(absl::StrCat("stuck", round));
    const ClaimedOrder claimed = Claim(CreatePaid(absl::StrCat("stuck", round), payer).id);
    Winners([&](int writer) {
      if (writer == 0) {
        return world_->purchases().Save(claimed, Failed(claimed.order, Now())).ok();
      }
      return world_->purchases().AcquireSession(claimed).ok();
    });
    EXPECT_EQ(SharedDatabase().Ask("SELECT count(*) FROM session_places WHERE order_id = '" +
                                   claimed.order.id.value() + "'"),
              "0");
  }
}

TEST_P(PostgresRacesTest, OneTransferALane) {
  const ExamplePayer payer = Payer("lane");
  const Order order = CreatePaid("lane", payer);
  const Invoice invoice = MakeInvoiced(order, "lane");
  const Lane lane = ClaimLane(payer.wallet);
  std::vector<Transfer> transfers;
  for (int i = 0; i < kWriters; ++i) {
    transfers.push_back(
        ExampleTransfer(lane.wallet(), 0, {invoice}, absl::StrCat("race", i), Now()));
  }
  const Order invoiced = Load(order.id);
  EXPECT_EQ(Winners([&](int writer) {
              const OrderChange paying{Move(invoiced, OrderState::kPaying, Now()), {}};
              return world_->lanes().CommitTransfer(lane, transfers[writer], {paying}).ok();
            }),
            1);
}

TEST_P(PostgresRacesTest, NoOrderIsLeftWaitingWhileALaneIsReleased) {
  for (int round = 0; round < 10; ++round) {
    const ExamplePayer payer = Payer(absl::StrCat("wake", round));
    const Order first = CreatePaid(absl::StrCat("first", round), payer);
    MakeInvoiced(first, absl::StrCat("first", round));
    const Lane lane = ClaimLane(payer.wallet);
    const OrderChange failed = Failed(Load(first.id), Now());
    ASSERT_TRUE(world_->lanes().MoveWaiting(lane, {&failed, 1}).ok());
    const ExamplePayer next{payer.wallet, Payer(absl::StrCat("wake2", round)).session};
    const Order second = CreatePaid(absl::StrCat("second", round), next);
    Winners([&](int writer) {
      if (writer == 0) MakeInvoiced(second, absl::StrCat("second", round));
      if (writer == 1) {
        EXPECT_TRUE(world_->lanes().Release(lane, absl::InfiniteFuture()).ok());
      }
      return true;
    });
    EXPECT_TRUE(world_->lanes().Claim(payer.wallet, "w", absl::Seconds(30))->has_value()) << round;
  }
}

const MakeWorld kPostgresWorld = [] { return std::make_unique<PostgresWorld>(SharedDatabase()); };
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresRacesTest, testing::Values(kPostgresWorld), WorldName);

}  // namespace
}  // namespace starlift
