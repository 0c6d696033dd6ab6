// Ten thousand payments in one run: the auditor lists each of them once, and nothing gets slower
// the longer the run is.
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "base/clock.h"
#include "sandbox/audit.h"
#include "sandbox/seeded_random.h"
#include "sandbox/world.h"
#include "ton/boc.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr int kTransfers = 40;
constexpr int kPerTransfer = 250;
constexpr uint64_t kRich = 1'000'000'000'000'000;

// The world behind the HTTP, which is what could become slow.
class SandboxLoadTest : public testing::Test {
 protected:
  SandboxLoadTest() : world_(&clock_, std::make_unique<SeededRandom>(7)) {
    std::array<uint8_t, 32> seed{};
    seed[0] = 7;
    key_ = ton::KeyPairFromSeed(seed);
    wallet_.address = ton::WalletV5Address(ton::WalletV5Id(ton::kMainnet), key_.public_key);
    wallet_.status = AccountStatus::kActive;
    wallet_.balance_nano = kRich;
    wallet_.code = ton::WalletV5Code();
    wallet_.data = ton::WalletV5Data(0, ton::WalletV5Id(ton::kMainnet), key_.public_key);
    world_.chain.Put(wallet_, world_.MachineMs());
    world_.wallets[wallet_.address] = {};
    session_ = world_.market.sessions().NewLogin(wallet_.address);
  }

  json Call(const Fields& fields) {
    return world_.market.Call({session_, true}, fields.at("method"), fields, world_.MachineMs());
  }
  ton::OutMessage Ask(int number) {
    const std::string name = "user_" + std::to_string(number);
    const json found = Call({{"method", "searchStarsRecipient"}, {"query", name}});
    const json request = Call({{"method", "initBuyStarsRequest"},
                               {"recipient", found.at("found").at("recipient")},
                               {"quantity", "50"},
                               {"payment_method", "ton"}});
    const json link =
        Call({{"method", "getBuyStarsLink"}, {"id", request.at("req_id").get<std::string>()}});
    const Invoice& invoice = world_.market.invoices().at(request.at("req_id"));
    EXPECT_TRUE(link.at("ok").get<bool>());
    ton::OutMessage message;
    message.destination = invoice.payee;
    message.amount_nano = invoice.amount_nano;
    message.body = invoice.payload;
    return message;
  }
  std::vector<uint8_t> Sign(uint32_t seqno, std::vector<ton::OutMessage> messages) {
    ton::WalletV5Request request;
    request.wallet_id = ton::WalletV5Id(ton::kMainnet);
    request.seqno = seqno;
    request.valid_until = world_.chain.head().utime + 600;
    request.messages = std::move(messages);
    const auto transfer = ton::SignWalletV5(key_, request, /*include_state_init=*/false);
    EXPECT_TRUE(transfer.ok()) << transfer.status();
    return ton::WriteBoc(transfer->external);
  }
  // Everything that a full transfer costs the sandbox, from the invoices to the credits.
  double Buy(uint32_t seqno) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<ton::OutMessage> messages;
    for (int i = 0; i < kPerTransfer; ++i) {
      messages.push_back(Ask(static_cast<int>(seqno) * kPerTransfer + i));
    }
    EXPECT_TRUE(world_.chain.Send(Sign(seqno, std::move(messages)), next_ms_).taken);
    next_ms_ += 1'000;  // the network takes 30 in 10 s of one account
    world_.chain.ProduceBlock(world_.ChainMs(), next_ms_);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  SystemClock clock_;
  World world_;
  ton::KeyPair key_;
  Account wallet_;
  Session* session_ = nullptr;
  int64_t next_ms_ = world_.MachineMs();
};

TEST_F(SandboxLoadTest, TenThousandPaymentsAreListedOnceEach) {
  double first = 0;
  double last = 0;
  for (uint32_t seqno = 0; seqno < kTransfers; ++seqno) {
    const double seconds = Buy(seqno);
    (seqno < kTransfers / 2 ? first : last) += seconds;
  }
  RecordProperty("first_half_ms", static_cast<int>(first * 1000));
  RecordProperty("second_half_ms", static_cast<int>(last * 1000));
  EXPECT_LT(last, 2 * first + 1);

  const json rows = PaymentRows(world_, {});
  ASSERT_EQ(rows.size(), static_cast<size_t>(kTransfers * kPerTransfer));
  std::set<std::string> requests;
  for (const json& row : rows) {
    EXPECT_EQ(row.at("credited"), true);
    EXPECT_TRUE(requests.insert(row.at("req_id")).second);
  }
  const json totals = PaymentTotals(world_);
  EXPECT_EQ(totals.at("credited"), kTransfers * kPerTransfer);
  EXPECT_EQ(totals.at("paid_more_than_once"), json::array());
  EXPECT_EQ(TransferRows(world_, {}).size(), rows.size());
  EXPECT_EQ(world_.market.History(*session_, INT64_MAX).size(), 500u);
}

}  // namespace
}  // namespace starlift::sandbox
