// Sessions that hold many requests at once, and invoices that anybody may pay.
#include <set>

#include "sandbox_fixture.h"

namespace starlift::sandbox {
namespace {

constexpr int kFullBatch = 255;  // what one W5 signature carries

class SandboxSessionTest : public SandboxTest {};

TEST_F(SandboxSessionTest, AnyWalletMayPayWhereTheSessionAllowsIt) {
  const TestWallet bound = Mint("50000000000");
  const TestWallet stranger = Mint("50000000000");
  const TestSession open = Login(bound.address, /*foreign_payer=*/true);
  const TestSession closed = Login(bound.address);
  const json of_open = Invoice(open, "alice", 50);
  const json of_closed = Invoice(closed, "bob_b", 50);
  EXPECT_EQ(of_open.at("transaction").at("from"), bound.address);
  const auto transfer = Sign(stranger, 0, {AsAsked(of_open), AsAsked(of_closed)});
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Included(transfer));
  const json payments = Look("payments");
  ASSERT_EQ(payments.size(), 2u);
  EXPECT_EQ(payments[0].at("credited"), true);
  EXPECT_EQ(payments[0].at("wallet"), stranger.address);
  EXPECT_EQ(payments[1].at("credited"), false);
  EXPECT_EQ(payments[1].at("refused_because"), "wallet");
  EXPECT_TRUE(Eventually([&] { return State(open).at("mode") == "done"; }));
  EXPECT_EQ(State(closed).at("mode"), "new");
  // The bound wallet may pay as well, but only once.
  const auto again = Sign(bound, 0, {AsAsked(of_open)});
  SendBoc(ton::WriteBocBase64(again.external));
  ASSERT_TRUE(Included(again));
  EXPECT_EQ(Look("payments")[2].at("refused_because"), "paid_before");
}

TEST_F(SandboxSessionTest, OneSignaturePaysAFullBatchOfOneSessionsRequests) {
  const TestWallet wallet = Mint("900000000000");
  const TestSession session = Login(wallet.address);
  std::vector<ton::OutMessage> messages;
  std::vector<std::string> ids;
  for (int i = 0; i < kFullBatch + 45; ++i) {
    const json link = Invoice(session, "user_" + std::to_string(i), 50 + i);
    ids.push_back(link.at("confirm_params").at("id"));
    if (i < kFullBatch) messages.push_back(AsAsked(link));
  }
  EXPECT_EQ(State(session).at("mode"), "new");
  const auto transfer = Sign(wallet, 0, messages);
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(transfer.external)).status, 200);
  ASSERT_TRUE(Included(transfer));
  const json payments = Look("payments");
  ASSERT_EQ(payments.size(), static_cast<size_t>(kFullBatch));
  for (int i = 0; i < kFullBatch; ++i) {
    EXPECT_EQ(payments[i].at("credited"), true);
    EXPECT_EQ(payments[i].at("req_id"), ids[i]);
    EXPECT_EQ(payments[i].at("tx_hash"), payments[0].at("tx_hash"));
  }
  EXPECT_TRUE(Eventually([&] { return Look("deliveries").size() == kFullBatch; }));
  // The state page speaks of the newest one that was paid, and of no other.
  EXPECT_EQ(State(session).at("mode"), "done");
  const json totals = Look("totals");
  EXPECT_EQ(totals.at("credited"), kFullBatch);
  EXPECT_EQ(totals.at("requests"), kFullBatch + 45);
  EXPECT_EQ(totals.at("paid_more_than_once"), json::array());
}

TEST_F(SandboxSessionTest, TheStatePageSpeaksOfTheNewestPaidRequestOnly) {
  const TestWallet wallet = Mint("50000000000");
  const TestSession session = Login(wallet.address);
  const json done = Invoice(session, "alice", 50);
  const json stuck = Invoice(session, "test_never_delivered", 50);
  Invoice(session, "unpaid", 50);
  const auto first = Sign(wallet, 0, {AsAsked(done)});
  SendBoc(ton::WriteBocBase64(first.external));
  ASSERT_TRUE(Included(first));
  EXPECT_TRUE(Eventually([&] { return State(session).at("mode") == "done"; }));
  const auto second = Sign(wallet, 1, {AsAsked(stuck)});
  SendBoc(ton::WriteBocBase64(second.external));
  ASSERT_TRUE(Included(second));
  EXPECT_EQ(State(session).at("mode"), "processing");
  EXPECT_EQ(Look("deliveries").size(), 1u);
}

TEST_F(SandboxSessionTest, TheAuditCanBeNarrowed) {
  const TestWallet one = Mint("50000000000");
  const TestWallet other = Mint("50000000000");
  const TestSession session = Login(one.address);
  const json link = Invoice(session, "alice", 50);
  const auto paid = Sign(one, 0, {AsAsked(link), AsAsked(link)});
  SendBoc(ton::WriteBocBase64(paid.external));
  ASSERT_TRUE(Included(paid));
  const auto foreign = Sign(other, 0, {AsAsked(link)});
  SendBoc(ton::WriteBocBase64(foreign.external));
  ASSERT_TRUE(Included(foreign));
  EXPECT_EQ(Look("payments").size(), 3u);
  EXPECT_EQ(Look("payments?after=2").size(), 1u);
  EXPECT_EQ(Look("payments?wallet=" + other.address).size(), 1u);
  const std::string id = link.at("confirm_params").at("id");
  EXPECT_EQ(Look("payments?req_id=" + id).size(), 3u);
  EXPECT_EQ(Look("transfers?wallet=" + one.address).size(), 2u);
  EXPECT_EQ(Look("totals").at("paid_more_than_once"), json::array({id}));
  EXPECT_EQ(Get("/sandbox/v1/payments?wallet=nonsense").status, 400);
}

}  // namespace
}  // namespace starlift::sandbox
