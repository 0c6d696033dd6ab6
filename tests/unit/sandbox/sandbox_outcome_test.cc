// Holds the sandbox's wallet against every W5 case that the node's own executor was asked about.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/numbers.h"
#include "sandbox/executor.h"
#include "ton/boc.h"
#include "ton/message.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

json Cases() {
  std::ifstream file(STARLIFT_SOURCE_DIR "/tests/data/vectors/ton/tx_outcome.json");
  return json::parse(file).at("cases");
}

uint64_t Number(const json& text) {
  uint64_t value = 0;
  EXPECT_TRUE(absl::SimpleAtoi(text.get<std::string>(), &value)) << text;
  return value;
}

ton::CellRef Boc(const json& text) {
  const auto cell = ton::ReadBocBase64(text.get<std::string>());
  EXPECT_TRUE(cell.ok()) << cell.status();
  return cell.ok() ? *cell : nullptr;
}

Account WalletBefore(const json& example) {
  Account account;
  const auto key = ton::ParseHash(example.at("public_key_hex").get<std::string>());
  account.address = *ton::ParseAddress(example.at("wallet_address_raw").get<std::string>());
  account.balance_nano = Number(example.at("balance_before_nano"));
  account.status = AccountStatus::kUninitialized;
  if (example.at("wallet_state") == "active") {
    account.status = AccountStatus::kActive;
    account.code = ton::WalletV5Code();
    account.data = ton::WalletV5Data(example.at("wallet_seqno_before").get<uint32_t>(),
                                     ton::WalletV5Id(ton::kMainnet), *key);
  }
  return account;
}

ExternalOutcome Execute(const json& example) {
  const Moment moment = {example.at("now").get<uint32_t>(), 57000000000000};
  return ExecuteExternal(WalletBefore(example),
                         Boc(example.at("external_message").at("boc_base64")), moment);
}

uint32_t Seqno(const Account& account) {
  const auto state = ton::ParseWalletV5Data(account.data);
  return state.ok() ? state->seqno : 0;
}

std::string Verdict(const Transaction& transaction, size_t wanted) {
  if (transaction.out.size() == wanted) return "all_sent";
  return transaction.out.empty() ? "none_sent" : "some_sent";
}

void CheckPhases(const json& expect, const Transaction& transaction) {
  EXPECT_TRUE(expect.at("compute_skipped").is_null());
  EXPECT_FALSE(transaction.compute.skipped.has_value());
  EXPECT_EQ(transaction.compute.success, expect.at("compute_success").get<bool>());
  EXPECT_EQ(transaction.compute.exit_code, expect.at("exit_code").get<int>());
  EXPECT_EQ(transaction.compute.gas_used, Number(expect.at("gas_used")));
  EXPECT_EQ(transaction.aborted, expect.at("aborted").get<bool>());
  ASSERT_TRUE(transaction.action.has_value());
  EXPECT_EQ(transaction.action->success, expect.at("action_success").get<bool>());
  EXPECT_EQ(transaction.action->result_code, expect.at("action_result_code").get<int>());
  EXPECT_EQ(transaction.action->no_funds, expect.at("no_funds").get<bool>());
  EXPECT_EQ(transaction.action->total_actions, expect.at("total_actions").get<int>());
  EXPECT_EQ(transaction.action->skipped_actions, expect.at("skipped_actions").get<int>());
  EXPECT_EQ(transaction.action->messages_created, expect.at("messages_created").get<int>());
  EXPECT_EQ(transaction.action->action_fees, Number(expect.at("action_fees_nano")));
  EXPECT_EQ(transaction.action->forward_fees, Number(expect.at("forward_fees_nano")));
  EXPECT_EQ(transaction.total_fees, Number(expect.at("total_fees_nano")));
}

void CheckMessages(const json& expect, const Transaction& transaction) {
  ASSERT_EQ(transaction.out.size(), expect.at("out").size());
  for (size_t i = 0; i < transaction.out.size(); ++i) {
    const json& wanted = expect.at("out")[i];
    const auto sent = ton::ParseInternalMessage(transaction.out[i]);
    ASSERT_TRUE(sent.ok()) << sent.status();
    EXPECT_EQ(ton::RawForm(sent->destination), wanted.at("dest_raw").get<std::string>());
    EXPECT_EQ(sent->amount_nano, Number(wanted.at("amount_nano")));
    EXPECT_EQ(sent->bounce, wanted.at("bounce").get<bool>());
    EXPECT_EQ(ton::HexOf(sent->body->hash()), wanted.at("body_hash_hex").get<std::string>());
    EXPECT_EQ(ton::HexOf(transaction.out[i]->hash()), wanted.at("hash_hex").get<std::string>());
  }
}

// The real transaction, but for what this chain invents: state hashes and the count of VM steps.
void CheckCell(const json& example, const Transaction& transaction) {
  const ton::CellRef real = Boc(example.at("transaction_boc_base64"));
  EXPECT_EQ(transaction.cell->data(), real->data());
  EXPECT_EQ(ton::HexOf(transaction.cell->refs()[0]->hash()), ton::HexOf(real->refs()[0]->hash()));
  const ton::CellRef ours = transaction.cell->refs()[2];
  EXPECT_EQ(ours->data(), real->refs()[2]->data());
  EXPECT_EQ(ours->refs()[0]->bits(), real->refs()[2]->refs()[0]->bits());
  EXPECT_EQ(ton::HexOf(ours->refs()[1]->hash()), ton::HexOf(real->refs()[2]->refs()[1]->hash()));
}

TEST(SandboxOutcome, EveryW5CaseEndsAsOnTheRealChain) {
  int seen = 0;
  for (const json& example : Cases()) {
    if (example.at("version") != "v5r1" || example.at("kind") == "bounced") continue;
    SCOPED_TRACE(example.at("id").get<std::string>());
    ++seen;
    const ExternalOutcome outcome = Execute(example);
    const json& expect = example.at("expect");
    ASSERT_EQ(outcome.accepted, expect.at("accepted").get<bool>());
    if (!outcome.accepted) {
      EXPECT_EQ(outcome.before_execution, expect.at("exit_code").is_null());
      if (!expect.at("exit_code").is_null()) {
        EXPECT_EQ(outcome.exit_code, expect.at("exit_code").get<int>());
      }
      continue;
    }
    EXPECT_EQ(Verdict(outcome.transaction, example.at("messages_wanted").get<size_t>()),
              expect.at("verdict").get<std::string>());
    CheckPhases(expect, outcome.transaction);
    CheckMessages(expect, outcome.transaction);
    CheckCell(example, outcome.transaction);
    EXPECT_EQ(Seqno(outcome.account), expect.at("seqno_after").get<uint32_t>());
    EXPECT_EQ(outcome.account.balance_nano, Number(expect.at("balance_after_nano")));
  }
  EXPECT_EQ(seen, 41);
}

TEST(SandboxOutcome, MessagesToMissingContractsComeBack) {
  int seen = 0;
  for (const json& example : Cases()) {
    if (example.at("version") != "v5r1" || example.at("kind") != "bounced") continue;
    SCOPED_TRACE(example.at("id").get<std::string>());
    ++seen;
    // The receiver's transaction holds the message as it arrived.
    const ton::CellRef real = Boc(example.at("transactions_boc_base64")[1]);
    const ton::CellRef arriving = real->refs()[0]->refs()[0];
    Account receiver;
    receiver.status = AccountStatus::kUninitialized;
    receiver.address = ton::ParseInternalMessage(arriving)->destination;
    ton::CellReader reader(real);
    ASSERT_TRUE(reader.Skip(4 + 256).ok());
    const uint64_t lt = *reader.Uint(64);
    ASSERT_TRUE(reader.Skip(256 + 64).ok());
    const Moment moment = {static_cast<uint32_t>(*reader.Uint(32)), lt};
    const auto outcome = ReceiveInternal(receiver, arriving, moment);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(outcome->transaction.out.size(), 1u);
    const ton::CellRef back = Boc(example.at("transactions_boc_base64")[2])->refs()[0]->refs()[0];
    EXPECT_EQ(ton::HexOf(outcome->transaction.out[0]->hash()), ton::HexOf(back->hash()));
    EXPECT_EQ(outcome->transaction.cell->data(), real->data());
    EXPECT_EQ(outcome->transaction.cell->refs()[2]->data(), real->refs()[2]->data());
  }
  EXPECT_EQ(seen, 6);
}

}  // namespace
}  // namespace starlift::sandbox
