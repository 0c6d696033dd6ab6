// Every case of the public vectors tests/data/vectors/ton/toncenter_http.json.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/toncenter/account_json.h"
#include "adapters/toncenter/send_classification.h"
#include "adapters/toncenter/transaction_boc.h"
#include "adapters/toncenter/transaction_json.h"
#include "ton/wallet_v5r1.h"

namespace starlift::toncenter {
namespace {

using nlohmann::json;

std::string StatusName(AccountState::Status status) {
  switch (status) {
    case AccountState::Status::kActive:
      return "active";
    case AccountState::Status::kUninitialized:
      return "uninitialized";
    case AccountState::Status::kFrozen:
      return "frozen";
  }
  return "";
}

// The vectors' words for what a hand-over came to.
std::string OutcomeName(const SendResult& result) {
  switch (result.outcome) {
    case SendOutcome::kHandedOver:
      return result.reason == "duplicate" ? "already_handed_over" : "handed_over";
    case SendOutcome::kRefusedNow:
    case SendOutcome::kOurBug:
      return "refused";
    case SendOutcome::kLater:
      return result.reason == "configuration" ? "configuration" : "retry_later";
    case SendOutcome::kUnknown:
      return "unknown";
  }
  return "";
}

json SeqnoJson(const std::optional<int64_t>& seqno) {
  return seqno.has_value() ? json(*seqno) : json(nullptr);
}

json ClassifySending(int status, const std::string& body) {
  const SendResult result = ClassifySend(status, body);
  json read = {{"outcome", OutcomeName(result)}, {"reason", result.reason}, {"final", false}};
  if (result.exit_code.has_value()) read["exit_code"] = *result.exit_code;
  return read;
}

json ReadWallet(const absl::StatusOr<WalletInformation>& wallet) {
  if (!wallet.ok()) return std::string(wallet.status().message());
  json read = {{"seqno", SeqnoJson(wallet->seqno)},
               {"balance_nano", absl::StrCat(wallet->balance.value())}};
  if (wallet->status.has_value()) read["state"] = StatusName(*wallet->status);
  return read;
}

json ReadAddress(int status, const std::string& body) {
  const auto account = ParseAddressInformation(status, body);
  if (!account.ok()) return std::string(account.status().message());
  std::optional<int64_t> seqno;
  if (account->data != nullptr) {
    const auto wallet = ton::ParseWalletV5Data(account->data);
    if (wallet.ok()) seqno = wallet->seqno;
    EXPECT_EQ(account->code->hash(), ton::WalletV5Code()->hash());
  }
  EXPECT_GE(account->state_time, absl::FromUnixSeconds(1760000000));
  return {{"seqno", SeqnoJson(seqno)},
          {"balance_nano", absl::StrCat(account->balance.value())},
          {"state", StatusName(account->status)}};
}

json ReadTransaction(const ChainTransaction& transaction) {
  EXPECT_TRUE(transaction.external_in);
  EXPECT_EQ(transaction.exit_code, 0);
  EXPECT_TRUE(transaction.action_success);
  EXPECT_EQ(transaction.out.size(), static_cast<size_t>(transaction.messages_created));
  const bool all = transaction.messages_created == transaction.total_actions;
  return {{"found", true},
          {"verdict", all                       ? "all_sent"
                      : transaction.out.empty() ? "none_sent"
                                                : "some_sent"},
          {"searched_normalized_hash_hex", transaction.in_normalized_hash},
          {"messages_wanted", transaction.total_actions},
          {"messages_created", transaction.messages_created}};
}

json ReadV2Transactions(int status, const std::string& body, const json& classify) {
  const auto transactions = ParseV2Transactions(status, body);
  if (!transactions.ok()) return std::string(transactions.status().message());
  for (const ChainTransaction& transaction : *transactions) {
    if (transaction.in_normalized_hash == classify.at("searched_normalized_hash_hex")) {
      return ReadTransaction(transaction);
    }
  }
  return {{"found", false}};
}

json ReadV3Transactions(int status, const std::string& body) {
  const auto rows = ParseTransactions(status, body);
  if (!rows.ok()) return std::string(rows.status().message());
  if (rows->empty()) return {{"found", false}};
  EXPECT_EQ(rows->size(), 1u);
  json read = ReadTransaction(rows->front().transaction);
  read["finality"] = rows->front().finality;
  read["final"] = rows->front().final;
  return read;
}

json Read(const json& test) {
  const std::string kind = test.at("kind");
  const int status = test.at("http_status");
  const json& response = test.at("response");
  const std::string body = response.is_string() ? response.get<std::string>() : response.dump();
  if (kind == "v2_send" || kind == "v3_send" || kind == "v2_send_rejected" ||
      kind == "v2_send_other_errors" || kind == "http_errors") {
    return ClassifySending(status, body);
  }
  if (kind == "v2_wallet_info") return ReadWallet(ParseV2WalletInformation(status, body));
  if (kind == "v3_wallet_info") return ReadWallet(ParseV3WalletInformation(status, body));
  if (kind == "v2_address_info") return ReadAddress(status, body);
  if (kind == "v2_run_get_method") {
    const auto number = ParseGetMethodNumber(status, body);
    if (!number.ok()) return std::string(number.status().message());
    return {{"seqno", SeqnoJson(*number)}};
  }
  if (kind == "v2_transactions") return ReadV2Transactions(status, body, test.at("classify"));
  if (kind == "v3_by_message" || kind == "v3_pending") return ReadV3Transactions(status, body);
  return absl::StrCat("unknown kind ", kind);
}

TEST(ToncenterVectors, EveryCase) {
  std::ifstream file(
      absl::StrCat(STARLIFT_SOURCE_DIR, "/tests/data/vectors/ton/toncenter_http.json"));
  const json vectors = json::parse(file);
  std::map<std::string, int> kinds;
  int count = 0;
  for (const json& test : vectors.at("cases")) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    const json read = Read(test);
    ASSERT_TRUE(read.is_object()) << read;
    // What the vectors conclude must be concluded; what they leave open may be more.
    for (const auto& [name, value] : test.at("classify").items()) {
      if (name == "note") continue;
      ASSERT_TRUE(read.contains(name)) << name << " " << read;
      EXPECT_EQ(read.at(name), value) << name;
    }
    ++kinds[test.at("kind").get<std::string>()];
    ++count;
  }
  EXPECT_EQ(count, vectors.at("count").get<int>());
  EXPECT_EQ(json(kinds), vectors.at("kinds"));
}

}  // namespace
}  // namespace starlift::toncenter
