#include "adapters/toncenter/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_replace.h"
#include "adapters/toncenter/send_classification.h"
#include "adapters/toncenter/transaction_boc.h"
#include "adapters/toncenter/transaction_json.h"
#include "base/error.h"
#include "http_loopback_server.h"
#include "ton/base64.h"
#include "ton/wallet_v5r1.h"

namespace starlift::toncenter {
namespace {

using http::ReadCanned;

constexpr char kWallet[] = "0:8a8a62008e500ffba2fcb706e805fed3ec31bc23033c922567e3677c3af74c11";
constexpr char kHash[] = "472f389fd75ccf69b6b0b7e977ad8d7798038e9a16ebae2b808931e394066c01";

std::string KindOf(const absl::Status& status) {
  for (const auto& [name, value] : MetadataOf(status)) {
    if (name == "kind") return value;
  }
  return "";
}

class ToncenterChainTest : public testing::Test {
 protected:
  ToncenterChainTest()
      : server_([this](const httplib::Request& request, httplib::Response& response) {
          if (request.path == "/api/v2/getMasterchainInfo") {
            http::Answer(ReadCanned("toncenter", "v2_masterchain_info"), response);
            return;
          }
          response.status = status_;
          response.set_content(body_, "application/json");
        }) {
    client_ = std::move(http::Client::Make({server_.Origin()})).value();
    ToncenterOptions options;
    options.base_url = server_.Origin();
    options.api_key = Secret::FromString("the-key");
    chain_ = std::make_unique<ToncenterChain>(client_.get(), std::move(options));
  }
  void Serve(const std::string& name) {
    const http::Canned canned = ReadCanned("toncenter", name);
    status_ = canned.http_status;
    body_ = canned.body;
  }
  httplib::Request Last() { return server_.Requests().back(); }

  int status_ = 200;
  std::string body_;
  // The client is closed first: an open connection would hold the server back.
  http::LoopbackServer server_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<ToncenterChain> chain_;
};

TEST_F(ToncenterChainTest, HandsOverBytesWithTheKey) {
  Serve("send_boc_return_hash_ok");
  const std::string base64 =
      ReadCanned("toncenter", "send_boc_return_hash_ok").request.at("json").at("boc");
  const auto bytes = ton::DecodeBase64(base64, ton::Base64Padding::kRequired);
  const SendResult result = chain_->Send(std::string(bytes->begin(), bytes->end()));
  EXPECT_EQ(result.outcome, SendOutcome::kHandedOver);
  EXPECT_EQ(Last().path, "/api/v2/sendBocReturnHash");
  EXPECT_EQ(Last().get_header_value("X-API-Key"), "the-key");
  EXPECT_EQ(nlohmann::json::parse(Last().body).at("boc"), base64);
}

TEST_F(ToncenterChainTest, ClassifiesEveryCannedAnswerToASend) {
  struct Row {
    const char* name;
    SendOutcome outcome;
    int exit_code = 0;
    bool has_code = false;
  };
  const Row rows[] = {
      {"send_boc_ok", SendOutcome::kHandedOver},
      {"v3_message_ok", SendOutcome::kHandedOver},
      {"send_duplicate", SendOutcome::kHandedOver},
      {"refused_seqno_133_older_wording", SendOutcome::kRefusedNow, 133, true},
      {"refused_seqno_133_newer_wording", SendOutcome::kRefusedNow, 133, true},
      {"refused_expired_136", SendOutcome::kRefusedNow, 136, true},
      {"refused_body_too_short_9", SendOutcome::kRefusedNow, 9, true},
      {"refused_no_state_init_0", SendOutcome::kRefusedNow, 0, true},
      {"refused_before_execution", SendOutcome::kRefusedNow},
      {"send_too_many_externals", SendOutcome::kLater},
      {"send_liteserver_not_ready", SendOutcome::kLater},
      {"http_401_key", SendOutcome::kLater},
      {"http_403_network", SendOutcome::kLater},
      {"http_429_error_text", SendOutcome::kLater},
      {"http_429_result_text", SendOutcome::kLater},
      {"http_429_v3", SendOutcome::kLater},
      {"http_429_proxy_html", SendOutcome::kLater},
      {"send_liteserver_timeout", SendOutcome::kUnknown},
      {"send_liteserver_network", SendOutcome::kUnknown},
      {"http_502_html", SendOutcome::kUnknown},
      {"http_200_cut_json", SendOutcome::kUnknown},
      {"http_200_empty", SendOutcome::kUnknown},
      {"send_too_large", SendOutcome::kOurBug},
      {"send_too_deep", SendOutcome::kOurBug},
      {"send_not_a_boc", SendOutcome::kOurBug},
      {"http_422_empty_boc", SendOutcome::kOurBug},
  };
  for (const Row& row : rows) {
    Serve(row.name);
    const SendResult result = chain_->Send("boc");
    EXPECT_EQ(result.outcome, row.outcome) << row.name << " " << result.detail;
    EXPECT_EQ(result.exit_code.has_value(), row.has_code) << row.name;
    EXPECT_EQ(result.exit_code.value_or(0), row.exit_code) << row.name;
    EXPECT_LE(result.detail.size(), 300u);
  }
}

TEST_F(ToncenterChainTest, NoAnswerToASendIsUnknown) {
  ASSERT_TRUE(chain_->ProveNetwork().ok());
  client_->Stop();
  EXPECT_EQ(chain_->Send("boc").outcome, SendOutcome::kUnknown);
  EXPECT_EQ(ClassifySend(200, "{\"ok\":true}").outcome, SendOutcome::kUnknown);
  EXPECT_EQ(ClassifySend(200, "{\"ok\":false,\"result\":{}}").outcome, SendOutcome::kUnknown);
  EXPECT_EQ(ClassifySend(500, "{\"message_hash\":\"x\"}").outcome, SendOutcome::kUnknown);
  EXPECT_EQ(ClassifySend(500, "{\"ok\":false,\"error\":\"exitcode=-14,\"}").exit_code, -14);
  EXPECT_EQ(ClassifySend(500, "{\"ok\":false,\"error\":\"exitcode=\"}").outcome,
            SendOutcome::kUnknown);
}

TEST_F(ToncenterChainTest, ReadsOneStateOfAnAccount) {
  Serve("address_active");
  const auto account = chain_->Account(kWallet);
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->status, AccountState::Status::kActive);
  EXPECT_EQ(account->balance, Units(4946581200));
  EXPECT_EQ(account->last_lt, 57000000000000);
  EXPECT_EQ(account->last_hash, "083c0a5b0832e6f922dbbfb2dedfa1a7207c07e2092bcb6f612bf66b1ee78e27");
  EXPECT_EQ(ton::ParseWalletV5Data(account->data)->seqno, 622u);
  EXPECT_EQ(Last().path, "/api/v2/getAddressInformation");
  EXPECT_EQ(Last().get_param_value("address"), kWallet);
  Serve("address_uninitialized_empty");
  EXPECT_EQ(chain_->Account(kWallet)->status, AccountState::Status::kUninitialized);
  EXPECT_EQ(chain_->Account(kWallet)->last_lt, 0);
  EXPECT_EQ(chain_->Account(kWallet)->last_hash, "");
  Serve("address_frozen");
  EXPECT_EQ(chain_->Account(kWallet)->status, AccountState::Status::kFrozen);
}

TEST_F(ToncenterChainTest, AMalformedAccountIsNeverGuessed) {
  const std::string good = ReadCanned("toncenter", "address_active").body;
  const std::pair<const char*, const char*> breaks[] = {
      {"\"sync_utime\":", "\"sync_utime_\":"},  {"\"state\":\"active\"", "\"state\":\"alive\""},
      {"\"balance\":\"4", "\"balance\":\"-4"},  {"\"balance\":\"4", "\"balance\":\"4."},
      {"\"data\":\"te6cc", "\"data\":\"te6dd"}, {"\"lt\":\"", "\"lt\":\"x"},
      {"\"ok\":true", "\"ok\":false"},          {"\"hash\":\"", "\"hash\":\"AA"}};
  for (const auto& [from, to] : breaks) {
    body_ = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(body_, good) << from;
    const auto account = chain_->Account(kWallet);
    EXPECT_EQ(ReasonOf(account.status()), Reason::kChainUnavailable) << from;
    EXPECT_EQ(KindOf(account.status()), "unreadable") << from;
  }
}

TEST_F(ToncenterChainTest, SortsFailuresToRead) {
  const std::pair<const char*, const char*> kinds[] = {{"http_401_key", "configuration"},
                                                       {"http_403_network", "configuration"},
                                                       {"http_429_proxy_html", "rate_limit"},
                                                       {"http_502_html", "outage"},
                                                       {"v3_error_500", "outage"},
                                                       {"http_200_cut_json", "unreadable"},
                                                       {"http_200_empty", "unreadable"}};
  for (const auto& [name, kind] : kinds) {
    Serve(name);
    for (const absl::Status& status :
         {chain_->Account(kWallet).status(), chain_->FindByNormalizedHash(kWallet, kHash).status(),
          chain_->TransactionsAfter(kWallet, 0, 10).status()}) {
      EXPECT_EQ(ReasonOf(status), Reason::kChainUnavailable) << name;
      EXPECT_EQ(KindOf(status), kind) << name;
    }
  }
}

TEST_F(ToncenterChainTest, FindsTransactionsByNormalizedHash) {
  Serve("transactions_by_message_found");
  const auto found = chain_->FindByNormalizedHash(kWallet, kHash);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  const ChainTransaction& transaction = found->front();
  EXPECT_EQ(transaction.in_normalized_hash, kHash);
  EXPECT_EQ(transaction.previous_lt, 56999997000000);
  EXPECT_EQ(transaction.at, absl::FromUnixSeconds(1760000000));
  // 5 TON before, 0.05 sent: the balance afterwards, 4.9465812, says the same.
  EXPECT_EQ(transaction.network_fees, Units(3025196 + 393604));
  ASSERT_EQ(transaction.out.size(), 1u);
  EXPECT_EQ(transaction.out[0].destination,
            "0:796deeb127d9b0ff334d358a873b2ad5f45e69f78b297f4fec62530cfb414232");
  EXPECT_EQ(transaction.out[0].amount, Units(50000000));
  EXPECT_EQ(transaction.out[0].body_hash,
            "2b657d76f63c2a9be328afdeb9a192b07a658b22021e43f3c4f6f4c09ef2aecf");
  EXPECT_EQ(Last().get_param_value("msg_hash"), kHash);
  EXPECT_EQ(Last().get_param_value("direction"), "in");

  // The same answer for another wallet, another hash, or not final: nothing was found.
  const std::string other = "0:" + std::string(64, '1');
  EXPECT_TRUE(chain_->FindByNormalizedHash(other, kHash)->empty());
  EXPECT_TRUE(chain_->FindByNormalizedHash(kWallet, std::string(64, '1'))->empty());
  const std::string good = body_;
  for (const auto& [from, to] : {std::pair{"\"mc_block_seqno\":60000036", "\"mc_block_seqno\":0"},
                                 std::pair{"\"finalized\"", "\"confirmed\""},
                                 std::pair{"\"emulated\":false", "\"emulated\":true"}}) {
    body_ = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(body_, good) << from;
    EXPECT_TRUE(chain_->FindByNormalizedHash(kWallet, kHash)->empty()) << from;
  }
  Serve("transactions_by_message_empty");
  EXPECT_TRUE(chain_->FindByNormalizedHash(kWallet, kHash)->empty());
}

TEST_F(ToncenterChainTest, AMalformedRowMakesTheWholeAnswerUnreadable) {
  const std::string good = ReadCanned("toncenter", "transactions_by_message_found").body;
  const std::pair<const char*, const char*> breaks[] = {
      {"\"exit_code\"", "\"exit_code_\""},
      {"\"hash_norm\"", "\"hash_norm_\""},
      {"\"msgs_created\"", "\"created\""},
      {"\"value\":\"50000000\"", "\"value\":\"5e7\""},
      {"\"value\":\"50000000\"", "\"value\":50000000.5"},
      {"\"message_content\"", "\"content\""},
      {"\"out_msgs\"", "\"out_messages\""},
      {"\"type\":\"ord\"", "\"type\":\"tick_tock\""},
      {"\"in_msg\"", "\"in\""},
      {"\"compute_ph\"", "\"compute\""},
      {"\"transactions\"", "\"rows\""},
      {"0:796DEEB1", "0:796DEEBX"},
      {"\"fwd_fee\":\"3", "\"fwd_fee\":\"-3"},
      {"\"prev_trans_lt\":\"5", "\"prev_trans_lt\":\"9"}};
  for (const auto& [from, to] : breaks) {
    body_ = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(body_, good) << from;
    const auto found = chain_->FindByNormalizedHash(kWallet, kHash);
    EXPECT_EQ(ReasonOf(found.status()), Reason::kChainUnavailable) << from;
  }
}

TEST_F(ToncenterChainTest, WalksTheHistoryForward) {
  Serve("v3_transactions_list");
  const auto transactions = chain_->TransactionsAfter(kWallet, 56999999999998, 100);
  ASSERT_TRUE(transactions.ok()) << transactions.status();
  ASSERT_FALSE(transactions->empty());
  EXPECT_EQ(Last().get_param_value("start_lt"), "56999999999999");
  EXPECT_EQ(Last().get_param_value("sort"), "asc");
  EXPECT_EQ(Last().get_param_value("limit"), "100");
  EXPECT_EQ(Last().get_param_value("account"), kWallet);
  // Rows that were not asked for, older ones included, make the answer unreadable.
  EXPECT_FALSE(chain_->TransactionsAfter(kWallet, 99000000000000, 100).ok());
  EXPECT_FALSE(chain_->TransactionsAfter("0:" + std::string(64, '1'), 0, 100).ok());
  body_ = absl::StrReplaceAll(body_, {{"\"finality\":\"finalized\"", "\"finality\":\"pending\""}});
  EXPECT_TRUE(chain_->TransactionsAfter(kWallet, 0, 100)->empty());
  Serve("v3_transactions_empty");
  EXPECT_TRUE(chain_->TransactionsAfter(kWallet, 0, 100)->empty());
}

TEST_F(ToncenterChainTest, RefusesWhatIsNotAnAddress) {
  EXPECT_FALSE(chain_->Account("nonsense").ok());
  EXPECT_TRUE(server_.Requests().empty());
}

// The two versions of the interface tell the same of the same transaction.
TEST(ToncenterTransactions, BothVersionsAgree) {
  const std::pair<const char*, const char*> pairs[] = {
      {"v2_transactions", "transactions_by_message_found"},
      {"v2_transactions_some_sent", "transactions_by_message_some_sent"}};
  for (const auto& [v2_name, v3_name] : pairs) {
    const auto v2 = ParseV2Transactions(200, ReadCanned("toncenter", v2_name).body);
    const auto v3 = ParseTransactions(200, ReadCanned("toncenter", v3_name).body);
    ASSERT_TRUE(v2.ok()) << v2.status();
    ASSERT_TRUE(v3.ok()) << v3.status();
    const ChainTransaction& a = v2->front();
    const ChainTransaction& b = v3->front().transaction;
    EXPECT_EQ(a.hash, b.hash);
    EXPECT_EQ(a.lt, b.lt);
    EXPECT_EQ(a.in_normalized_hash, b.in_normalized_hash);
    EXPECT_EQ(a.network_fees, b.network_fees);
    EXPECT_EQ(a.at, b.at);
    EXPECT_EQ(a.skipped_actions, b.skipped_actions);
    EXPECT_EQ(a.messages_created, b.messages_created);
    EXPECT_EQ(a.total_actions, b.total_actions);
    ASSERT_EQ(a.out.size(), b.out.size());
    for (size_t i = 0; i < a.out.size(); ++i) {
      EXPECT_EQ(a.out[i].destination, b.out[i].destination);
      EXPECT_EQ(a.out[i].amount, b.out[i].amount);
      EXPECT_EQ(a.out[i].body_hash, b.out[i].body_hash);
    }
  }
}

}  // namespace
}  // namespace starlift::toncenter
