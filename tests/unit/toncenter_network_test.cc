#include "adapters/toncenter/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_replace.h"
#include "adapters/toncenter/chain.h"
#include "adapters/toncenter/transaction_boc.h"
#include "adapters/toncenter/transaction_json.h"
#include "base/error.h"
#include "http_loopback_server.h"
#include "ton/address.h"
#include "ton/cell.h"
#include "ton/message.h"

namespace starlift::toncenter {
namespace {

using http::ReadCanned;
using testing::HasSubstr;

constexpr int32_t kMainnet = -239;
constexpr int32_t kTestnet = -3;
constexpr char kWallet[] = "0:8a8a62008e500ffba2fcb706e805fed3ec31bc23033c922567e3677c3af74c11";
constexpr char kHash[] = "472f389fd75ccf69b6b0b7e977ad8d7798038e9a16ebae2b808931e394066c01";

std::string Mainnet() { return ReadCanned("toncenter", "v2_masterchain_info").body; }
std::string Testnet() {
  return absl::StrReplaceAll(Mainnet(), {{"F6OpKZKqvqeFp6CQmFomXNMfMj2EnaUSOXN+Mh+wVWk=",
                                          "gj+B8wb/AmlPk1z1AhVI484rhrUpgSr2oSFIh56VoSg="},
                                         {"XplPz01CXAps5qeSWUtxcyBfdAo5zVb1N979KLSKD24=",
                                          "Z+IKwYS54DmmJmesw/nAD5DzWadnOCMzee+kdgSYDOg="}});
}

std::string KindOf(const absl::Status& status) {
  for (const auto& [name, value] : MetadataOf(status)) {
    if (name == "kind") return value;
  }
  return "";
}

TEST(ToncenterNetworkTest, OnlyTheZerostateOfTheNetworkProvesIt) {
  EXPECT_TRUE(CheckNetwork(200, Mainnet(), kMainnet).ok());
  EXPECT_TRUE(CheckNetwork(200, Testnet(), kTestnet).ok());
  for (const absl::Status& wrong :
       {CheckNetwork(200, Testnet(), kMainnet), CheckNetwork(200, Mainnet(), kTestnet),
        CheckNetwork(200, Mainnet(), -240)}) {
    EXPECT_EQ(ReasonOf(wrong), Reason::kChainUnavailable);
    EXPECT_EQ(KindOf(wrong), "configuration");
  }
  EXPECT_THAT(std::string(CheckNetwork(200, Testnet(), kMainnet).message()),
              HasSubstr("serves testnet (-3), this installation is on mainnet (-239)"));
  EXPECT_TRUE(IsKnownNetwork(kMainnet) && IsKnownNetwork(kTestnet));
  EXPECT_FALSE(IsKnownNetwork(0));
}

TEST(ToncenterNetworkTest, HalfAProofIsNone) {
  const std::pair<const char*, const char*> breaks[] = {
      {"F6OpKZKqvqeFp6CQmFomXNMfMj2EnaUSOXN+Mh+wVWk=",
       "gj+B8wb/AmlPk1z1AhVI484rhrUpgSr2oSFIh56VoSg="},
      {"XplPz01CXAps5qeSWUtxcyBfdAo5zVb1N979KLSKD24=",
       "Z+IKwYS54DmmJmesw/nAD5DzWadnOCMzee+kdgSYDOg="},
      {"\"init\"", "\"first\""},
      {"\"ok\":true", "\"ok\":false"},
      {"XplPz01CXAps5qeSWUtxcyBfdAo5zVb1N979KLSKD24=", ""}};
  for (const auto& [from, to] : breaks) {
    const std::string body = absl::StrReplaceAll(Mainnet(), {{from, to}});
    ASSERT_NE(body, Mainnet()) << from;
    EXPECT_EQ(ReasonOf(CheckNetwork(200, body, kMainnet)), Reason::kChainUnavailable) << from;
  }
  EXPECT_EQ(KindOf(CheckNetwork(502, Mainnet(), kMainnet)), "outage");
  EXPECT_EQ(KindOf(CheckNetwork(200, "", kMainnet)), "unreadable");
}

// A provider that answers everything well; what it says of its network is `info_`.
class ToncenterNetworkChainTest : public testing::Test {
 protected:
  ToncenterNetworkChainTest()
      : server_([this](const httplib::Request& request, httplib::Response& response) {
          if (request.path == "/api/v2/getMasterchainInfo") {
            response.status = status_;
            response.set_content(testnet_ ? Testnet() : Mainnet(), "application/json");
            return;
          }
          const bool account = request.path == "/api/v2/getAddressInformation";
          const bool send = request.path == "/api/v2/sendBocReturnHash";
          response.set_content(ReadCanned("toncenter", account ? "address_active"
                                                       : send  ? "send_boc_return_hash_ok"
                                                               : "transactions_by_message_found")
                                   .body,
                               "application/json");
        }) {
    client_ = std::move(http::Client::Make({server_.Origin()})).value();
    ToncenterOptions options;
    options.base_url = server_.Origin();
    chain_ = std::make_unique<ToncenterChain>(client_.get(), std::move(options));
  }

  std::atomic<bool> testnet_ = false;
  std::atomic<int> status_ = 200;
  // The client is closed first: an open connection would hold the server back.
  http::LoopbackServer server_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<ToncenterChain> chain_;
};

TEST_F(ToncenterNetworkChainTest, NothingIsSentToAnotherNetworkAndNothingBelieved) {
  testnet_ = true;
  const SendResult sent = chain_->Send("boc");
  EXPECT_EQ(sent.outcome, SendOutcome::kLater);
  EXPECT_EQ(sent.reason, "network");
  EXPECT_THAT(sent.detail, HasSubstr("testnet"));
  for (const absl::Status& status : {chain_->ProveNetwork(), chain_->Account(kWallet).status(),
                                     chain_->FindByNormalizedHash(kWallet, kHash).status(),
                                     chain_->TransactionsAfter(kWallet, 0, 10).status()}) {
    EXPECT_EQ(ReasonOf(status), Reason::kChainUnavailable);
    EXPECT_EQ(KindOf(status), "configuration");
  }
  for (const httplib::Request& request : server_.Requests()) {
    EXPECT_EQ(request.path, "/api/v2/getMasterchainInfo");
  }
}

TEST_F(ToncenterNetworkChainTest, AProviderIsAskedAgainUntilItProvesItsNetworkThenNeverMore) {
  status_ = 502;
  EXPECT_EQ(chain_->Send("boc").outcome, SendOutcome::kLater);
  EXPECT_EQ(KindOf(chain_->Account(kWallet).status()), "outage");
  status_ = 200;
  testnet_ = true;
  EXPECT_FALSE(chain_->Account(kWallet).ok());
  testnet_ = false;
  EXPECT_TRUE(chain_->Account(kWallet).ok());
  EXPECT_EQ(chain_->Send("boc").outcome, SendOutcome::kHandedOver);
  EXPECT_EQ(chain_->FindByNormalizedHash(kWallet, kHash)->size(), 1u);
  EXPECT_TRUE(chain_->ProveNetwork().ok());
  int proofs = 0;
  for (const httplib::Request& request : server_.Requests()) {
    if (request.path == "/api/v2/getMasterchainInfo") ++proofs;
  }
  EXPECT_EQ(proofs, 4);
}

// An internal message in, in both versions' shapes.

constexpr char kSource[] = "0:796deeb127d9b0ff334d358a873b2ad5f45e69f78b297f4fec62530cfb414232";

std::string InternalIn(bool bounced) {
  const std::string good = ReadCanned("toncenter", "transactions_by_message_found").body;
  nlohmann::json answer = nlohmann::json::parse(good);
  nlohmann::json& in = answer["transactions"][0]["in_msg"];
  in["source"] = "0:796DEEB127D9B0FF334D358A873B2AD5F45E69F78B297F4FEC62530CFB414232";
  in["value"] = "49000000";
  in["bounced"] = bounced;
  return answer.dump();
}

TEST(ToncenterMessageIn, VersionThreeSaysWhoSentHowMuch) {
  for (const bool bounced : {false, true}) {
    const auto rows = ParseTransactions(200, InternalIn(bounced));
    ASSERT_TRUE(rows.ok()) << rows.status();
    const ChainTransaction& transaction = rows->front().transaction;
    EXPECT_FALSE(transaction.external_in);
    EXPECT_EQ(transaction.bounced_in, bounced);
    EXPECT_EQ(transaction.in_source, kSource);
    EXPECT_EQ(transaction.in_amount, Units(49'000'000));
  }
  for (const auto& [from, to] :
       {std::pair{"\"49000000\"", "\"-1\""}, std::pair{"\"49000000\"", "null"},
        std::pair{"\"bounced\":true", "\"bounced\":null"}, std::pair{"0:796DEEB1", "1:x"}}) {
    const std::string body = absl::StrReplaceAll(InternalIn(true), {{from, to}});
    ASSERT_NE(body, InternalIn(true)) << from;
    EXPECT_FALSE(ParseTransactions(200, body).ok()) << from << to;
  }
}

TEST(ToncenterMessageIn, AnExternalMessageHasNoSender) {
  const auto rows =
      ParseTransactions(200, ReadCanned("toncenter", "transactions_by_message_found").body);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->front().transaction.in_source, "");
  EXPECT_EQ(rows->front().transaction.in_amount, Units());
}

// int_msg_info$0 with the flags, source and amount that are asked for.
ton::CellRef InternalMessage(bool bounced, bool with_source, uint64_t nano) {
  ton::CellBuilder message;
  message.Bit(false).Bit(true).Bit(!bounced).Bit(bounced);
  if (with_source) {
    ton::StoreAddress(message, *ton::ParseAddress(kSource));
  } else {
    message.Uint(0, 2);
  }
  ton::StoreAddress(message, *ton::ParseAddress(kWallet));
  message.Coins(nano).Bit(false).Coins(0).Coins(266'669).Uint(5, 64).Uint(1'760'000'000, 32);
  message.Bit(false).Bit(false).Uint(0xffffffff, 32);
  return *message.Build();
}

// A transaction (block.tlb) with this message in, nothing out, and all phases run well.
ton::CellRef TransactionWith(const ton::CellRef& in) {
  const ton::Hash256 zeros{};
  ton::CellBuilder details;  // gas used, limit and credit, mode, exit code, argument, steps, states
  details.Uint(0, 3).Uint(0, 3).Bit(false).Uint(0, 8).Int(0, 32).Bit(false).Uint(0, 32);
  details.Bytes(zeros).Bytes(zeros);
  ton::CellBuilder description;  // no storage, no credit; it ran; no action, not aborted
  description.Uint(0, 4).Bit(false).Bit(false).Bit(false);
  description.Bit(true).Uint(0b100, 3).Coins(0).Ref(*details.Build());
  description.Bit(false).Bit(false).Bit(false).Bit(false);
  ton::CellBuilder messages;
  messages.Bit(true).Ref(in).Bit(false);
  ton::CellBuilder transaction;
  transaction.Uint(0b0111, 4).Bytes(zeros).Uint(57, 64).Bytes(zeros).Uint(56, 64);
  transaction.Uint(1'760'000'000, 32).Uint(0, 15).Uint(2, 2).Uint(2, 2);
  transaction.Ref(*messages.Build()).Coins(100).Bit(false);
  transaction.Ref(*ton::CellBuilder().Build()).Ref(*description.Build());
  return *transaction.Build();
}

TEST(ToncenterMessageIn, ABagOfCellsSaysTheSame) {
  for (const bool bounced : {false, true}) {
    const auto read = ParseTransactionCell(TransactionWith(InternalMessage(bounced, true, 49)));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_FALSE(read->external_in);
    EXPECT_EQ(read->bounced_in, bounced);
    EXPECT_EQ(read->in_source, kSource);
    EXPECT_EQ(read->in_amount, Units(49));
  }
  EXPECT_FALSE(ParseTransactionCell(TransactionWith(InternalMessage(false, false, 49))).ok());
  EXPECT_FALSE(
      ParseTransactionCell(TransactionWith(InternalMessage(false, true, uint64_t{1} << 63))).ok());
}

}  // namespace
}  // namespace starlift::toncenter
