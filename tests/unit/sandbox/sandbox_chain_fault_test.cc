// A chain that breaks its promises: messages that are executed too late, payments that come back.
#include "sandbox/message_pool.h"
#include "sandbox_fixture.h"

namespace starlift::sandbox {
namespace {

class SandboxChainFaultTest : public SandboxTest {
 protected:
  json Rows(const std::string& address) {
    return json::parse(
        Get("/api/v3/transactions?sort=asc&limit=100&account=" + address).body)["transactions"];
  }
};

TEST_F(SandboxChainFaultTest, ALateMessageIsExecutedAfterItDied) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "late_inclusion"}, {"wallet", wallet.address}, {"after_s", 30}});
  const auto late = Sign(wallet, 0, {To(kFriend, 1000000)}, false, 3);
  const std::string boc = ton::WriteBocBase64(late.external);
  EXPECT_EQ(SendBoc(boc).status, 200);
  const int64_t valid_until = Head() + 3;
  Control("clock", {{"advance_ms", 10000}});
  Blocks(3);
  EXPECT_EQ(Seqno(wallet.address), 0u);
  EXPECT_GT(AddressInformation(wallet.address).at("sync_utime").get<int64_t>(), valid_until);
  Control("clock", {{"advance_ms", 25000}});
  ASSERT_TRUE(Included(late));
  const json row = ByMessage(ton::HexOf(late.normalized_hash))[0];
  EXPECT_LT(row.at("now").get<int64_t>(), valid_until);
  EXPECT_EQ(Seqno(wallet.address), 1u);
  EXPECT_EQ(AddressInformation(kFriend).at("balance"), "1000000");
}

TEST_F(SandboxChainFaultTest, ASameSeqnoShutsTheLateMessageOut) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "late_inclusion"}, {"wallet", wallet.address}, {"after_s", 30}});
  const auto late = Sign(wallet, 0, {To(kFriend, 1000000)}, false, 3);
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(late.external)).status, 200);
  Control("clock", {{"advance_ms", 10000}});
  Blocks(2);
  const auto next = Sign(wallet, 0, {To(kFriend, 7000000)});
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(next.external)).status, 200);
  ASSERT_TRUE(Included(next));
  Control("clock", {{"advance_ms", 40000}});
  Blocks(5);
  EXPECT_TRUE(ByMessage(ton::HexOf(late.normalized_hash)).empty());
  EXPECT_EQ(Seqno(wallet.address), 1u);
  EXPECT_EQ(AddressInformation(kFriend).at("balance"), "7000000");
  EXPECT_EQ(Look("status").at("pool"), 0);
}

TEST_F(SandboxChainFaultTest, OnlyTheNamedWalletIsLate) {
  const TestWallet late = Mint("1000000000");
  const TestWallet other = Mint("1000000000");
  Fault({{"name", "late_inclusion"}, {"wallet", late.address}, {"after_s", 1000}});
  const auto kept = Sign(late, 0, {To(kFriend, 1000000)});
  const auto taken = Sign(other, 0, {To(kFriend, 1000000)});
  SendBoc(ton::WriteBocBase64(kept.external));
  SendBoc(ton::WriteBocBase64(taken.external));
  ASSERT_TRUE(Included(taken));
  EXPECT_TRUE(ByMessage(ton::HexOf(kept.normalized_hash)).empty());
  // The next one of that wallet is in time again.
  const auto second = Sign(late, 0, {To(kFriend, 2000000)});
  SendBoc(ton::WriteBocBase64(second.external));
  EXPECT_TRUE(Included(second));
  EXPECT_EQ(client_
                ->Post("/sandbox/v1/faults", R"({"name":"late_inclusion","wallet":"x"})",
                       "application/json")
                ->status,
            400);
}

TEST_F(SandboxChainFaultTest, ARelayerMayBringARequestOfTheOwner) {
  const TestWallet wallet = Mint("1000000000");
  Fault({{"name", "hold_blocks"}, {"ms", -1}});
  const auto ours = Sign(wallet, 0, {To(kFriend, 1000000)});
  EXPECT_EQ(SendBoc(ton::WriteBocBase64(ours.external)).status, 200);
  Fault({{"name", "foreign_use"}, {"wallet", wallet.address}, {"relayed", true}});
  Fault({{"name", "hold_blocks"}, {"ms", 0}});
  EXPECT_TRUE(Eventually([&] { return Seqno(wallet.address) == 1; }));
  Blocks(2);
  // The seqno was used by an internal message: no external one is found that did it.
  EXPECT_TRUE(ByMessage(ton::HexOf(ours.normalized_hash)).empty());
  const json rows = Rows(wallet.address);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_NE(rows[0].at("in_msg").at("source"), nullptr);
  EXPECT_EQ(rows[0].at("out_msgs").size(), 1u);
  EXPECT_EQ(rows[0].at("end_status"), "active");
  const TestWallet old = Mint("1000000000", true, {{"version", "v4r2"}});
  const json order = {{"name", "foreign_use"}, {"wallet", old.address}, {"relayed", true}};
  EXPECT_EQ(client_->Post("/sandbox/v1/faults", order.dump(), "application/json")->status, 400);
}

TEST_F(SandboxChainFaultTest, ABouncedPaymentComesBackInALaterBlock) {
  const TestWallet wallet = Mint("50000000000");
  const TestSession session = Login(wallet.address);
  Fault({{"name", "bounce"}, {"count", 1}});
  const json lost = Invoice(session, "alice", 50);
  const json kept = Invoice(session, "bob_b", 50);
  const ton::OutMessage asked = AsAsked(lost);
  const auto transfer = Sign(wallet, 0, {asked, AsAsked(kept)});
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Included(transfer));
  ASSERT_TRUE(Eventually([&] { return Rows(wallet.address).size() == 2; }));
  const json rows = Rows(wallet.address);
  EXPECT_EQ(rows[0].at("description").at("action").at("skipped_actions"), 0);
  const json back = rows[1].at("in_msg");
  EXPECT_EQ(back.at("bounced"), true);
  EXPECT_EQ(back.at("source"), rows[0].at("out_msgs")[0].at("destination"));
  EXPECT_LT(std::stoull(back.at("value").get<std::string>()), asked.amount_nano);
  EXPECT_GT(rows[1].at("mc_block_seqno").get<int64_t>(),
            rows[0].at("mc_block_seqno").get<int64_t>());
  EXPECT_EQ(rows[1].at("trace_id"), rows[0].at("hash"));

  const json payments = Look("payments");
  ASSERT_EQ(payments.size(), 2u);
  EXPECT_EQ(payments[0].at("req_id"), lost.at("confirm_params").at("id"));
  EXPECT_EQ(payments[0].at("credited"), false);
  EXPECT_EQ(payments[0].at("refused_because"), "bounced");
  EXPECT_EQ(payments[1].at("credited"), true);
  ASSERT_TRUE(Eventually([&] { return Look("deliveries").size() == 1; }));
  EXPECT_EQ(Look("deliveries")[0].at("username"), "bob_b");

  // Paid anew it is credited: nothing was ever delivered for it.
  const auto again = Sign(wallet, 1, {asked});
  SendBoc(ton::WriteBocBase64(again.external));
  ASSERT_TRUE(Included(again));
  EXPECT_EQ(Look("payments")[2].at("credited"), true);
  EXPECT_EQ(Look("totals").at("paid_more_than_once"), json::array());
}

TEST_F(SandboxChainFaultTest, ABounceMayTakeLong) {
  const TestWallet wallet = Mint("50000000000");
  const TestSession session = Login(wallet.address);
  Fault({{"name", "bounce"}, {"count", 1}, {"after_ms", 500}});
  const auto transfer = Sign(wallet, 0, {AsAsked(Invoice(session, "alice", 50))});
  SendBoc(ton::WriteBocBase64(transfer.external));
  ASSERT_TRUE(Included(transfer));
  const std::string traces = "/api/v3/traces?msg_hash=" + ton::HexOf(transfer.normalized_hash);
  const json before = json::parse(Get(traces).body)["traces"][0];
  EXPECT_EQ(before.at("is_incomplete"), true);
  EXPECT_EQ(before.at("transactions").size(), 2u);
  EXPECT_EQ(Rows(wallet.address).size(), 1u);
  ASSERT_TRUE(Eventually([&] { return Rows(wallet.address).size() == 2; }));
  const json after = json::parse(Get(traces).body)["traces"][0];
  EXPECT_EQ(after.at("is_incomplete"), false);
  EXPECT_EQ(after.at("transactions").size(), 3u);
}

TEST(SandboxPool, WhatIsKeptBackIsNotForgotten) {
  PendingMessage pending;
  pending.taken_ms = 1'000;
  EXPECT_FALSE(pending.Forgotten(601'000));
  EXPECT_TRUE(pending.Forgotten(601'001));
  pending.late = {5'000, 1};
  EXPECT_FALSE(pending.Forgotten(4'000'000));
  EXPECT_FALSE(pending.Ready(4'999, 4'000'000));
  EXPECT_TRUE(pending.Ready(5'000, 0));
}

}  // namespace
}  // namespace starlift::sandbox
