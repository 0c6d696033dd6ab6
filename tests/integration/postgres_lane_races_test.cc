// Many workers at one lane, and an era that begins while they work: whoever comes second changes
// nothing, and nobody waits in a circle.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/postgres/witness_log.h"
#include "base/error.h"
#include "contract/lane_world.h"
#include "integration/postgres_world.h"
#include "integration/racing_writers.h"

namespace starlift {
namespace {

class PostgresLaneRacesTest : public LaneContract {
 protected:
  static bool Lost(const absl::Status& status) {
    return ReasonOf(status) == Reason::kConcurrentRequest;
  }
};

TEST_P(PostgresLaneRacesTest, OneWorkerGetsTheLane) {
  for (int round = 0; round < 5; ++round) {
    const ExamplePayer payer = Payer(absl::StrCat("claim", round));
    MakeWaiting(absl::StrCat("claim", round), payer);
    EXPECT_EQ(Winners([&](int writer) {
                return world_->lanes()
                    .Claim(payer.wallet, absl::StrCat("w", writer), absl::Seconds(30))
                    ->has_value();
              }),
              1);
  }
}

TEST_P(PostgresLaneRacesTest, AWorkerThatSleptCommitsBeforeItsSuccessorOrNever) {
  for (int round = 0; round < 10; ++round) {
    const std::string name = absl::StrCat("slept", round);
    const ExamplePayer payer = Payer(name);
    const Waiting waiting = MakeWaiting(name, payer);
    const Lane zombie = ClaimLane(payer.wallet, absl::Milliseconds(1));
    const Transfer late = Sign(zombie, 0, waiting, "late");
    const std::vector<OrderChange> paying = {Paying(waiting.order.id, late)};
    world_->Pass(absl::Milliseconds(30));
    std::atomic<bool> committed{false};
    std::atomic<bool> seen{false};
    Winners([&](int writer) {
      if (writer == 0) {
        committed = world_->lanes().CommitTransfer(zombie, late, paying).ok();
      } else if (writer == 1) {
        const auto lane = world_->lanes().Claim(payer.wallet, "w2", absl::Seconds(30));
        EXPECT_TRUE(lane.ok() && lane->has_value()) << lane.status();
        seen = (*lane)->unresolved.has_value();
        EXPECT_EQ((*lane)->newest_number > 0, seen);
      }
      return true;
    });
    // What was committed before the claim is seen by it, and nothing is committed after it.
    EXPECT_EQ(committed, seen);
    EXPECT_EQ(Load(waiting.order.id).state,
              committed ? OrderState::kPaying : OrderState::kInvoiced);
  }
}

TEST_P(PostgresLaneRacesTest, OneVerdictOfTwo) {
  for (int round = 0; round < 10; ++round) {
    const Twice twice = SignTwice(absl::StrCat("verdict", round));
    const LaneResolution second = PaidResolution(twice.second);
    const LaneResurrection first = FirstWon(twice);
    EXPECT_EQ(Winners([&](int writer) {
                const absl::Status status = writer % 2 == 0
                                                ? world_->lanes().Resolve(twice.lane, second)
                                                : world_->lanes().Resurrect(twice.lane, first);
                EXPECT_TRUE(status.ok() || Lost(status)) << status;
                return status.ok();
              }),
              1);
    const auto won = *world_->lanes().FindTransfer(twice.first.id);
    const auto other = *world_->lanes().FindTransfer(twice.second.id);
    EXPECT_NE(won->verdict == Verdict::kPaid, other->verdict == Verdict::kPaid);
    EXPECT_EQ(Load(twice.waiting.order.id).state, OrderState::kPaid);
    EXPECT_EQ(world_->LedgerTransactions(twice.waiting.order.id), 2);
  }
}

TEST_P(PostgresLaneRacesTest, EndingManyOrdersAndNewPaymentsShareSessionsSafely) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = absl::StrCat("crowd", round);
    const ExamplePayer payer = Payer(name);
    const std::vector<Waiting> all = MakeWaitingOn(payer, name, 10);
    const Lane lane = ClaimLane(payer.wallet);
    std::vector<OrderChange> ends;
    for (const Waiting& waiting : all) ends.push_back(Failed(Load(waiting.order.id), Now()));
    Winners([&](int writer) {
      if (writer == 0) {
        const absl::Status moved = world_->lanes().MoveWaiting(lane, ends);
        EXPECT_TRUE(moved.ok()) << moved;
        return true;
      }
      std::vector<NewOrder> batch;
      for (int i = 0; i < 10; ++i) {
        const int session = writer % 2 == 0 ? i : 9 - i;
        batch.push_back(Paid(tenant_, absl::StrCat(name, "new", writer, "-", i),
                             {payer.wallet, all[session].order.session.value()}, Now()));
      }
      for (const CreateResult& result : world_->orders().Create(batch)) {
        EXPECT_TRUE(result.status.ok()) << result.status;
      }
      return true;
    });
    for (const Waiting& waiting : all) {
      EXPECT_EQ(Load(waiting.order.id).state, OrderState::kFailed);
      EXPECT_TRUE(world_->HasJar(waiting.order.session)) << "others still use it";
    }
  }
}

TEST_P(PostgresLaneRacesTest, AnEraBeginsOnceWhileLanesWork) {
  TestDatabase database;
  PostgresWorld world(database);
  const TenantId tenant = world.NewTenant();
  struct Work {
    Lane lane;
    Transfer transfer;
    std::vector<OrderChange> paying;
  };
  // One wallet a writer, with a batch that is ready to be committed.
  std::vector<Work> works(kWriters);
  for (int writer = 0; writer < kWriters; ++writer) {
    const std::string wallet = absl::StrCat("0:", writer);
    std::vector<Invoice> invoices;
    std::vector<Order> orders;
    for (int i = 0; i < 20; ++i) {
      const std::string name = absl::StrCat(writer, "-", i);
      const NewOrder fresh = Paid(tenant, name, {wallet, "ses" + name}, world.Now());
      const Order order = world.orders().Create({&fresh, 1}).front().order;
      const auto claimed = world.purchases().Claim(order.id, "w", absl::Seconds(30));
      const OrderChange invoiced{Move((*claimed)->order, OrderState::kInvoiced, world.Now()), {}};
      invoices.push_back(ExampleInvoice(order, name, world.Now()));
      EXPECT_TRUE(world.purchases().SaveInvoice(**claimed, invoiced, invoices.back()).ok());
      orders.push_back(invoiced.order);
    }
    Work& work = works[writer];
    work.lane = **world.lanes().Claim(wallet, "w", absl::Seconds(30));
    work.transfer = ExampleTransfer(wallet, 0, invoices, "t", world.Now());
    for (const Order& order : orders) {
      work.paying.push_back({Move(order, OrderState::kPaying, world.Now()), {}});
    }
  }
  const absl::Time safe = world.Now() + absl::Minutes(1);
  const int committed = Winners([&](int writer) {
    const Work& work = works[writer];
    const auto commit = [&] {
      return world.lanes().CommitTransfer(work.lane, work.transfer, work.paying);
    };
    const absl::Status status = writer % 2 == 0 ? commit() : world.eras().Begin(5000, safe);
    EXPECT_TRUE(status.ok() || Lost(status)) << status;
    return writer % 2 == 0 && status.ok();
  });
  EXPECT_EQ(database.Ask("SELECT count(*) FROM eras"), "1");
  EXPECT_EQ(world.eras().Current()->number, 1);
  // Who committed did so with all his orders, who did not with none; all go on in the new era.
  EXPECT_EQ(database.Ask("SELECT count(*) FROM orders WHERE state = 'PAYING'"),
            absl::StrCat(20 * committed));
  EXPECT_EQ(database.Ask("SELECT count(*) FROM transfers"), absl::StrCat(committed));
  EXPECT_EQ(database.Ask("SELECT count(*) FROM orders WHERE sequence < 1000000"), "0");
}

// A lane writes lost transfers under its own row's lock, and who judges these wakes the lane.
TEST_P(PostgresLaneRacesTest, ALaneAndTheJudgesOfItsLostTransfersNeverWaitForEachOther) {
  for (int round = 0; round < 10; ++round) {
    const std::string name = absl::StrCat("judged", round);
    const ExamplePayer payer = Payer(name);
    const Waiting waiting = MakeWaiting(name, payer);
    const Lane lane = ClaimLane(payer.wallet);
    const Transfer transfer = Sign(lane, 5, waiting, name);
    ASSERT_TRUE(Commit(lane, transfer).ok());
    LostTransfer lost;
    lost.line.wallet = payer.wallet;
    lost.line.seqno = 5;
    lost.line.valid_until = Now();
    lost.line.normalized_hash = DerivedId("", {tenant_.value(), name});
    lost.verdict = Verdict::kLive;
    ASSERT_TRUE(world_->eras().RecordLost(lost).ok());
    lost.verdict = Verdict::kDead;
    const LaneResolution resolution = PaidResolution(transfer);
    const int done = Winners([&](int writer) {
      const absl::Status status = writer % 2 == 0 ? world_->lanes().Resolve(lane, resolution)
                                                  : world_->eras().RecordLost(lost);
      EXPECT_TRUE(status.ok() || Lost(status)) << status;
      return status.ok();
    });
    EXPECT_EQ(done, 1 + kWriters / 2) << "one resolves, and every judge is heard";
    const auto found = world_->eras().FindLost({lost.line.normalized_hash});
    EXPECT_EQ(found->begin()->second.verdict, Verdict::kDead);
  }
}

TEST(PostgresWitnessRacesTest, TheSameLineFromManyIsOneLine) {
  TestDatabase database("migrations/witness");
  postgres::PostgresWitnessLog log(database.pool());
  WitnessLine line;
  line.number = 3;
  line.wallet = "0:w";
  line.valid_until = absl::FromUnixSeconds(1'800'000'000);
  line.normalized_hash = "h";
  EXPECT_EQ(Winners([&](int) { return log.Write(line).ok(); }), kWriters);
  EXPECT_EQ(database.Ask("SELECT count(*) FROM witnessed_transfers"), "1");
}

const MakeWorld kPostgresWorld = [] { return std::make_unique<PostgresWorld>(SharedDatabase()); };
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresLaneRacesTest, testing::Values(kPostgresWorld),
                         WorldName);

}  // namespace
}  // namespace starlift
