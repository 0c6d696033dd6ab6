// Many workers on few sessions: places, pace and deliveries are never given out twice.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "contract/house_orders.h"
#include "integration/postgres_world.h"

namespace starlift {
namespace {

constexpr int kWriters = 8;

class PostgresSessionPlacesTest : public HouseOrders {
 protected:
  // Runs `race` on every writer at once; answers how many said yes.
  static int Winners(const std::function<bool(int writer)>& race) {
    std::atomic<int> winners{0};
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer] {
        ++ready;
        while (ready < kWriters) std::this_thread::yield();
        if (race(writer)) ++winners;
      });
    }
    for (std::thread& thread : threads) thread.join();
    return winners;
  }

  HouseSession RegisterSession(const std::string& name, int32_t places,
                               absl::Duration pace = absl::ZeroDuration()) {
    HouseSession session = Session(name, HouseWallet(name).wallet_address, places);
    session.pace = pace;
    Register({HouseWallet(name)}, {session});
    return session;
  }
  std::vector<ClaimedOrder> ClaimSome(const std::string& name, int count = kWriters) {
    std::vector<ClaimedOrder> claimed;
    for (int i = 0; i < count; ++i) claimed.push_back(ClaimBalance(absl::StrCat(name, "-", i)));
    return claimed;
  }
  bool Gets(const ClaimedOrder& claimed) {
    const auto lease = world_->purchases().AcquireSession(claimed);
    EXPECT_TRUE(lease.ok()) << lease.status();
    return lease.ok() && lease->has_value();
  }
  // How many places of the session are taken, and how many of them say that they are alone.
  static std::string Places(const HouseSession& session) {
    return SharedDatabase().Ask(
        "SELECT count(*) || ' taken, ' || count(*) FILTER (WHERE sole) || ' alone' "
        "FROM session_places WHERE session_id = '" +
        session.id.value() + "'");
  }
};

TEST_P(PostgresSessionPlacesTest, NoMorePlacesThanThereAre) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = absl::StrCat("few", round);
    const HouseSession session = RegisterSession(name, 3);
    const std::vector<ClaimedOrder> claimed = ClaimSome(name);
    EXPECT_EQ(Winners([&](int writer) { return Gets(claimed[writer]); }), 3);
    EXPECT_EQ(Places(session), "3 taken, 0 alone");
  }
}

TEST_P(PostgresSessionPlacesTest, OneIsAloneOrNobodyIs) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = absl::StrCat("alone", round);
    const HouseSession session = RegisterSession(name, 1);
    const std::vector<ClaimedOrder> claimed = ClaimSome(name);
    EXPECT_EQ(Winners([&](int writer) { return Gets(claimed[writer]); }), 1);
    EXPECT_EQ(Places(session), "1 taken, 1 alone");
  }
}

TEST_P(PostgresSessionPlacesTest, OneConversationAPace) {
  const HouseSession session = RegisterSession("slow", 9, absl::Minutes(10));
  const std::vector<ClaimedOrder> claimed = ClaimSome("slow");
  EXPECT_EQ(Winners([&](int writer) { return Gets(claimed[writer]); }), 1);
  EXPECT_EQ(Places(session), "1 taken, 1 alone");
}

TEST_P(PostgresSessionPlacesTest, OrdersComeAndGoWithoutWaitingInACircle) {
  const HouseSession session = RegisterSession("churn", 4);
  for (int round = 0; round < 10; ++round) {
    const std::vector<ClaimedOrder> old = ClaimSome(absl::StrCat("old", round), 4);
    for (const ClaimedOrder& claimed : old) EXPECT_TRUE(Gets(claimed));
    const std::vector<ClaimedOrder> fresh = ClaimSome(absl::StrCat("new", round), 4);
    Winners([&](int writer) {
      if (writer < 4) {
        End(old[writer]);
      } else {
        Gets(fresh[writer - 4]);
      }
      return true;
    });
    EXPECT_LE(std::stoi(Places(session)), 4);
    for (const ClaimedOrder& claimed : fresh) EXPECT_TRUE(Gets(claimed));
    for (const ClaimedOrder& claimed : fresh) End(claimed);
    EXPECT_EQ(Places(session), "0 taken, 0 alone");
  }
}

TEST_P(PostgresSessionPlacesTest, AnEndingOrderNeverKeepsItsPlace) {
  const HouseSession session = RegisterSession("stuck", 9);
  for (int round = 0; round < 10; ++round) {
    const ClaimedOrder claimed = ClaimBalance(absl::StrCat("stuck", round));
    Winners([&](int writer) {
      if (writer > 0) return world_->purchases().AcquireSession(claimed).ok();
      return world_->purchases().Save(claimed, FailedBalance(claimed.order)).ok();
    });
    EXPECT_EQ(Load(claimed.order.id).state, OrderState::kFailed);
    EXPECT_EQ(Places(session), "0 taken, 0 alone");
  }
}

TEST_P(PostgresSessionPlacesTest, NobodyIsLeftOnASessionThatIsGivenUp) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = absl::StrCat("dead", round);
    const HouseSession session = RegisterSession(name, 9);
    const std::vector<ClaimedOrder> claimed = ClaimSome(name);
    std::vector<SessionLease> leases;
    for (const ClaimedOrder& one : claimed) leases.push_back(*Acquire(one));
    EXPECT_EQ(Winners([&](int writer) {
                if (writer % 2 == 0) return Gets(claimed[writer]) && false;
                const auto left =
                    world_->purchases().GiveUpSession(claimed[writer], leases[writer]);
                EXPECT_TRUE(left.ok()) << left.status();
                return left.ok() && *left;
              }),
              kWriters / 2);
    for (const ClaimedOrder& one : claimed) EXPECT_FALSE(Gets(one));
    EXPECT_EQ(Places(session), "0 taken, 0 alone");
  }
}

TEST_P(PostgresSessionPlacesTest, WorkersStartWhileOthersWork) {
  const struct Payer wallet = HouseWallet("one");
  const std::vector<HouseSession> both = {Session("left", wallet.wallet_address, 9),
                                          Session("right", wallet.wallet_address, 9)};
  Register({wallet}, both);
  const std::vector<ClaimedOrder> claimed = ClaimSome("start");
  Winners([&](int writer) {
    for (int i = 0; i < 10; ++i) {
      if (writer < 3) {
        Register({wallet}, writer == 0 ? std::vector<HouseSession>{both[1], both[0]} : both);
      } else {
        Gets(claimed[writer]);
      }
    }
    return true;
  });
  for (int writer = 3; writer < kWriters; ++writer) EXPECT_TRUE(Gets(claimed[writer]));
}

// Three rows came, and eight orders look at once, again and again.
TEST_P(PostgresSessionPlacesTest, NoMoreDeliveriesThanRows) {
  constexpr int kRows = 3;
  RegisterSession("rows", kWriters);
  std::vector<Placed> placed;
  for (int i = 0; i < kWriters; ++i) placed.push_back(Place(absl::StrCat("rows", i)));
  std::vector<ClaimedOrder> paid;
  for (const Placed& one : placed) paid.push_back(Claim(Pay(one, 0).id));
  int delivered = 0;
  for (int round = 0; round < kRows + 1; ++round) {
    delivered += Winners([&](int writer) {
      const ClaimedOrder& claimed = paid[writer];
      if (Load(claimed.order.id).state == OrderState::kDelivered) return false;
      const auto rivals = world_->purchases().FindRivals(claimed.order);
      EXPECT_TRUE(rivals.ok()) << rivals.status();
      if (kRows <= rivals->delivered_since + rivals->paid_before) return false;
      Order done = Move(claimed.order, OrderState::kDelivered, Now());
      done.evidence = DeliveryEvidence::kHistory;
      return world_->purchases().Save(claimed, {done, {}}).ok();
    });
  }
  EXPECT_EQ(delivered, kRows);
}

const MakeWorld kPostgresWorld = [] { return std::make_unique<PostgresWorld>(SharedDatabase()); };
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresSessionPlacesTest, testing::Values(kPostgresWorld),
                         WorldName);

}  // namespace
}  // namespace starlift
