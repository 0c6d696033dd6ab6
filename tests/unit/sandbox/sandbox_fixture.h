#pragma once

#include <gtest/gtest.h>
#include <httplib.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "sandbox/app.h"
#include "ton/boc.h"
#include "ton/comment.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {

using nlohmann::json;

inline json Canned(const std::string& file) {
  std::ifstream stream(STARLIFT_SOURCE_DIR "/tests/data/" + file + ".json");
  return json::parse(stream);
}
// The body of a canned exchange, as JSON.
inline json CannedBody(const std::string& file) {
  return json::parse(Canned(file).at("body").get<std::string>());
}

// A wallet of the sandbox, with its key.
struct TestWallet {
  std::string address;
  ton::KeyPair key;
  uint32_t wallet_id = ton::WalletV5Id(ton::kMainnet);
  std::string version = "v5r1";
};

// A session of the fake marketplace, as a browser holds it.
struct TestSession {
  std::string cookies;
  std::string hash;
};

// A running sandbox and somebody who uses both of its sites over HTTP.
class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.block_ms = 20;
    options.seed = 7;
    Choose(&options);
    app_ = std::make_unique<App>(options);
    const auto port = app_->Start();
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *port;
    client_ = std::make_unique<httplib::Client>("127.0.0.1", *port);
  }
  // What a test wants started otherwise.
  virtual void Choose(Options*) {}

  // --- the control API
  json Control(const std::string& path, const json& order) {
    const auto answer = client_->Post("/sandbox/v1/" + path, order.dump(), "application/json");
    EXPECT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 200) << answer->body;
    return json::parse(answer->body);
  }
  json Look(const std::string& path) { return json::parse(Get("/sandbox/v1/" + path).body); }
  void Fault(const json& order) { Control("faults", order); }

  TestWallet Mint(const std::string& balance, bool deployed = true, const json& more = {}) {
    json order = {{"balance_nano", balance}, {"deployed", deployed}};
    if (more.is_object()) order.update(more);
    const json answer = Control("wallets", order);
    TestWallet wallet;
    wallet.address = answer.at("address");
    wallet.version = answer.at("version");
    if (wallet.version == "v4r2") wallet.wallet_id = ton::WalletV4IdFor();
    auto key =
        ton::StretchMnemonic(ton::SplitWords(answer.at("mnemonic").get<std::string>()), Secret());
    EXPECT_TRUE(key.ok());
    wallet.key = std::move(*key);
    EXPECT_EQ(ton::HexOf(wallet.key.public_key), answer.at("public_key").get<std::string>());
    return wallet;
  }

  // --- the fake fragment.com
  httplib::Result GetPage(const std::string& path, const httplib::Headers& headers) {
    return client_->Get(path.c_str(), headers);
  }
  static std::string HashIn(const std::string& page) {
    const size_t at = page.find("hash=") + 5;
    return page.substr(at, page.find_first_not_of("0123456789abcdef", at) - at);
  }
  TestSession Login(const std::string& wallet, bool foreign_payer = false) {
    TestSession session;
    json order = {{"wallet_address", wallet}};
    if (foreign_payer) order["foreign_payer"] = true;
    session.cookies = Control("sessions", order).at("cookies");
    session.hash = HashIn(GetPage("/stars/buy", {{"Cookie", session.cookies}})->body);
    return session;
  }
  httplib::Result CallRaw(const TestSession& session, const httplib::Params& fields) {
    const std::string path = "/api?hash=" + session.hash;
    return client_->Post(path.c_str(), {{"Cookie", session.cookies}}, fields);
  }
  json Call(const TestSession& session, const httplib::Params& fields) {
    const auto answer = CallRaw(session, fields);
    EXPECT_TRUE(answer);
    return json::parse(answer->body);
  }
  json Search(const TestSession& session, const std::string& name) {
    return Call(session, {{"method", "searchStarsRecipient"}, {"query", name}, {"quantity", ""}});
  }
  json Init(const TestSession& session, const std::string& name, int quantity) {
    const json found = Search(session, name);
    return Call(session, {{"method", "initBuyStarsRequest"},
                          {"recipient", found.at("found").at("recipient")},
                          {"quantity", std::to_string(quantity)},
                          {"payment_method", "ton"}});
  }
  json Link(const TestSession& session, const std::string& request_id) {
    return Call(session, {{"method", "getBuyStarsLink"},
                          {"transaction", "1"},
                          {"id", request_id},
                          {"show_sender", "0"}});
  }
  json Invoice(const TestSession& session, const std::string& name, int quantity) {
    return Link(session, Init(session, name, quantity).at("req_id"));
  }
  json State(const TestSession& session) {
    return Call(session, {{"method", "updateStarsBuyState"}, {"mode", "new"}, {"lv", "false"}});
  }

  // --- the fake chain
  httplib::Response Get(const std::string& path) {
    const auto answer = client_->Get(path.c_str());
    EXPECT_TRUE(answer) << path;
    return answer ? *answer : httplib::Response();
  }
  httplib::Response SendBoc(const std::string& boc) {
    const auto answer =
        client_->Post("/api/v2/sendBocReturnHash", json{{"boc", boc}}.dump(), "application/json");
    EXPECT_TRUE(answer);
    return answer ? *answer : httplib::Response();
  }
  json ByMessage(const std::string& hash) {
    return json::parse(
        Get("/api/v3/transactionsByMessage?direction=in&msg_hash=" + hash).body)["transactions"];
  }
  json AddressInformation(const std::string& address) {
    return json::parse(Get("/api/v2/getAddressInformation?address=" + address).body)["result"];
  }
  uint32_t Seqno(const std::string& address) {
    const json answer =
        json::parse(Get("/api/v2/getWalletInformation?address=" + address).body)["result"];
    return answer.value("seqno", 0u);
  }
  ton::SignedTransfer Sign(const TestWallet& wallet, uint32_t seqno,
                           std::vector<ton::OutMessage> messages, bool deploy = false,
                           int64_t valid_for_s = 60) {
    if (wallet.version == "v4r2") {
      return SignV4(wallet, seqno, std::move(messages), deploy, valid_for_s);
    }
    ton::WalletV5Request request;
    request.wallet_id = wallet.wallet_id;
    request.seqno = seqno;
    request.valid_until = static_cast<uint32_t>(Head() + valid_for_s);
    request.messages = std::move(messages);
    auto transfer = ton::SignWalletV5(wallet.key, request, deploy);
    EXPECT_TRUE(transfer.ok()) << transfer.status();
    return *transfer;
  }
  // With the modes as they are.
  ton::SignedTransfer SignV4(const TestWallet& wallet, uint32_t seqno,
                             std::vector<ton::OutMessage> messages, bool deploy,
                             int64_t valid_for_s) {
    ton::WalletV4Request request;
    request.wallet_id = wallet.wallet_id;
    request.seqno = seqno;
    request.valid_until = static_cast<uint32_t>(Head() + valid_for_s);
    request.messages = std::move(messages);
    request.keep_modes = true;
    auto transfer = ton::SignWalletV4(wallet.key, request, deploy);
    EXPECT_TRUE(transfer.ok()) << transfer.status();
    return *transfer;
  }
  int64_t Head() { return Look("status").at("head_utime"); }

  // A plain payment, to wherever.
  static ton::OutMessage To(const std::string& address, uint64_t nano, bool bounce = false) {
    ton::OutMessage message;
    message.destination = *ton::ParseAddress(address);
    message.amount_nano = nano;
    message.bounce = bounce;
    message.body = *ton::WriteComment("hello " + std::to_string(nano));
    return message;
  }
  static constexpr const char* kFriend =
      "0:1111111111111111111111111111111111111111111111111111111111111111";

  // What an invoice asks for, taken as it comes.
  static ton::OutMessage AsAsked(const json& link) {
    const json message = link.at("transaction").at("messages")[0];
    ton::OutMessage out;
    out.destination = *ton::ParseAddress(message.at("address").get<std::string>());
    const json amount = message.at("amount");
    EXPECT_TRUE(absl::SimpleAtoi(amount.is_string() ? amount.get<std::string>() : amount.dump(),
                                 &out.amount_nano));
    out.body = *ton::ReadBocBase64(message.at("payload").get<std::string>());
    return out;
  }

  // Waits, at most five seconds.
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 500; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  bool Included(const ton::SignedTransfer& transfer) {
    const std::string hash = ton::HexOf(transfer.normalized_hash);
    return Eventually([&] { return !ByMessage(hash).empty(); });
  }
  void Blocks(int count) {
    const int64_t wanted = Look("status").at("head_seqno").get<int64_t>() + count;
    EXPECT_TRUE(Eventually([&] { return Look("status").at("head_seqno") >= wanted; }));
  }

  std::unique_ptr<App> app_;
  int port_ = 0;
  std::unique_ptr<httplib::Client> client_;
};

}  // namespace starlift::sandbox
