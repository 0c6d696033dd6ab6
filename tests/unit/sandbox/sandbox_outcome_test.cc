// Holds the sandbox's wallets against every case that the node's own executor was asked about.
#include <map>

#include "sandbox/receiver.h"
#include "sandbox_vectors.h"
#include "ton/message.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

void MakeActive(const std::string& version, uint32_t seqno, uint32_t wallet_id,
                const ton::Hash256& key, Account* account) {
  const bool v5 = version == "v5r1";
  account->status = AccountStatus::kActive;
  account->code = v5 ? ton::WalletV5Code() : ton::WalletV4Code();
  account->data =
      v5 ? ton::WalletV5Data(seqno, wallet_id, key) : ton::WalletV4Data(seqno, wallet_id, key);
}

Account WalletBefore(const json& example) {
  Account account;
  const auto key = ton::ParseHash(example.at("public_key_hex").get<std::string>());
  account.address = *ton::ParseAddress(example.at("wallet_address_raw").get<std::string>());
  account.balance_nano = NumberOf(example.at("balance_before_nano"));
  account.status = AccountStatus::kUninitialized;
  if (example.at("wallet_state") == "active") {
    const std::string version = example.at("version");
    const uint32_t id = version == "v5r1" ? ton::WalletV5Id(ton::kMainnet) : ton::WalletV4IdFor();
    MakeActive(version, example.at("wallet_seqno_before").get<uint32_t>(), id, *key, &account);
  }
  return account;
}

ExternalOutcome Execute(const json& example) {
  const Moment moment = {example.at("now").get<uint32_t>(), 57000000000000};
  return ExecuteExternal(WalletBefore(example),
                         CellOf(example.at("external_message").at("boc_base64")), moment);
}

uint32_t Seqno(const Account& account) {
  const std::optional<WalletFacts> wallet = ReadWallet(account);
  return wallet.has_value() ? wallet->seqno : 0;
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
  EXPECT_EQ(transaction.compute.gas_used, NumberOf(expect.at("gas_used")));
  EXPECT_EQ(transaction.aborted, expect.at("aborted").get<bool>());
  ASSERT_TRUE(transaction.action.has_value());
  EXPECT_EQ(transaction.action->success, expect.at("action_success").get<bool>());
  EXPECT_EQ(transaction.action->result_code, expect.at("action_result_code").get<int>());
  EXPECT_EQ(transaction.action->no_funds, expect.at("no_funds").get<bool>());
  EXPECT_EQ(transaction.action->total_actions, expect.at("total_actions").get<int>());
  EXPECT_EQ(transaction.action->skipped_actions, expect.at("skipped_actions").get<int>());
  EXPECT_EQ(transaction.action->messages_created, expect.at("messages_created").get<int>());
  EXPECT_EQ(transaction.action->action_fees, NumberOf(expect.at("action_fees_nano")));
  EXPECT_EQ(transaction.action->forward_fees, NumberOf(expect.at("forward_fees_nano")));
  EXPECT_EQ(transaction.total_fees, NumberOf(expect.at("total_fees_nano")));
}

void CheckMessages(const json& expect, const Transaction& transaction) {
  ASSERT_EQ(transaction.out.size(), expect.at("out").size());
  for (size_t i = 0; i < transaction.out.size(); ++i) {
    const json& wanted = expect.at("out")[i];
    const auto sent = ton::ParseInternalMessage(transaction.out[i]);
    ASSERT_TRUE(sent.ok()) << sent.status();
    EXPECT_EQ(ton::RawForm(sent->destination), wanted.at("dest_raw").get<std::string>());
    EXPECT_EQ(sent->amount_nano, NumberOf(wanted.at("amount_nano")));
    EXPECT_EQ(sent->bounce, wanted.at("bounce").get<bool>());
    EXPECT_EQ(ton::HexOf(sent->body->hash()), wanted.at("body_hash_hex").get<std::string>());
    EXPECT_EQ(ton::HexOf(transaction.out[i]->hash()), wanted.at("hash_hex").get<std::string>());
  }
}

void CheckCase(const json& example) {
  const ExternalOutcome outcome = Execute(example);
  const json& expect = example.at("expect");
  ASSERT_EQ(outcome.accepted, expect.at("accepted").get<bool>());
  if (!outcome.accepted) {
    EXPECT_EQ(outcome.before_execution, expect.at("exit_code").is_null());
    if (!expect.at("exit_code").is_null()) {
      EXPECT_EQ(outcome.exit_code, expect.at("exit_code").get<int>());
    }
    return;
  }
  EXPECT_EQ(Verdict(outcome.transaction, example.at("messages_wanted").get<size_t>()),
            expect.at("verdict").get<std::string>());
  CheckPhases(expect, outcome.transaction);
  CheckMessages(expect, outcome.transaction);
  ExpectSameTransaction(outcome.transaction, CellOf(example.at("transaction_boc_base64")));
  EXPECT_EQ(Seqno(outcome.account), expect.at("seqno_after").get<uint32_t>());
  EXPECT_EQ(outcome.account.balance_nano, NumberOf(expect.at("balance_after_nano")));
}

// The three transactions of a transfer that comes back: the wallet's, the receiver's, the wallet's.
void CheckBounce(const json& example) {
  const json& files = example.at("transactions_boc_base64");
  ASSERT_EQ(files.size(), 3u);
  const ton::CellRef sent = CellOf(files[0]);
  const ton::CellRef received = CellOf(files[1]);
  const ton::CellRef returned = CellOf(files[2]);
  Account receiver;
  receiver.status = AccountStatus::kUninitialized;
  receiver.address = ton::ParseInternalMessage(InMessage(received))->destination;
  const auto there = ReceiveInternal(receiver, InMessage(received), MomentOf(received));
  ASSERT_TRUE(there.ok()) << there.status();
  ASSERT_EQ(there->transaction.out.size(), 1u);
  EXPECT_EQ(ton::HexOf(there->transaction.out[0]->hash()), ton::HexOf(InMessage(returned)->hash()));
  ExpectSameTransaction(there->transaction, received);

  Account wallet;
  wallet.address = *ton::ParseAddress(example.at("wallet_address_raw").get<std::string>());
  MakeActive(example.at("version"), 1, ton::WalletV5Id(ton::kMainnet), {}, &wallet);
  wallet.last_hash = sent->hash();
  wallet.last_lt = MomentOf(sent).lt;
  const auto back = ReceiveInternal(wallet, InMessage(returned), MomentOf(returned));
  ASSERT_TRUE(back.ok()) << back.status();
  ExpectSameTransaction(back->transaction, returned);
  EXPECT_EQ(back->account.balance_nano,
            back->transaction.credit.value() - back->transaction.total_fees);
}

TEST(SandboxOutcome, EveryCaseEndsAsOnTheRealChain) {
  const json file = Vectors("tx_outcome");
  std::map<std::string, int> seen;
  std::map<std::string, int> of_version;
  for (const json& example : file.at("cases")) {
    SCOPED_TRACE(example.at("id").get<std::string>());
    ++seen[example.at("kind")];
    ++of_version[example.at("version")];
    if (example.at("kind") == "bounced") {
      CheckBounce(example);
    } else {
      CheckCase(example);
    }
  }
  EXPECT_EQ(json(seen), file.at("kinds"));
  EXPECT_EQ(of_version, (std::map<std::string, int>{{"v4r2", 30}, {"v5r1", 47}}));
}

// The wallet files say of each message what the executor did with it: gas, fees, counts.
int CheckEmulated(const json& example) {
  const json& expect = example.at("expect");
  if (!expect.contains("emulated") || expect.at("emulated").is_null()) return 0;
  const json& emulated = expect.at("emulated");
  Account account;
  account.address = *ton::ParseAddress(example.at("address").at("raw").get<std::string>());
  account.balance_nano = UINT64_C(1) << 60;
  account.status = AccountStatus::kUninitialized;
  if (!example.at("include_state_init").get<bool>()) {
    MakeActive(example.at("wallet").at("version"), example.at("seqno").get<uint32_t>(),
               example.at("wallet").at("wallet_id_uint32").get<uint32_t>(),
               *ton::ParseHash(example.at("key").at("public_key_hex").get<std::string>()),
               &account);
  }
  const ton::CellRef message = CellOf(expect.at("external_message").at("boc_base64"));
  const ExternalOutcome outcome = ExecuteExternal(account, message, {1760000000, 57000000000000});
  EXPECT_TRUE(outcome.accepted) << outcome.exit_code;
  if (!outcome.accepted) return 1;
  const Transaction& transaction = outcome.transaction;
  EXPECT_EQ(transaction.compute.exit_code, emulated.at("exit_code").get<int>());
  EXPECT_EQ(transaction.compute.gas_used, NumberOf(emulated.at("gas_used")));
  EXPECT_EQ(transaction.total_fees, NumberOf(emulated.at("total_fees_nano")));
  EXPECT_EQ(transaction.action->total_actions, emulated.at("total_actions").get<int>());
  EXPECT_EQ(transaction.action->messages_created, emulated.at("messages_created").get<int>());
  EXPECT_EQ(transaction.action->skipped_actions, emulated.at("skipped_actions").get<int>());
  EXPECT_EQ(Seqno(outcome.account), emulated.at("seqno_after").get<uint32_t>());
  return 1;
}

TEST(SandboxOutcome, EveryMessageOfTheWalletVectorsCostsWhatItCostThere) {
  const std::pair<std::string, int> files[] = {{"wallet_v5r1", 150}, {"wallet_v4r2", 60}};
  for (const auto& [name, wanted] : files) {
    const json file = Vectors(name);
    int seen = 0;
    for (const json& example : file.at("cases")) {
      SCOPED_TRACE(example.at("id").get<std::string>());
      seen += CheckEmulated(example);
    }
    EXPECT_EQ(seen, wanted) << name;
  }
}

}  // namespace
}  // namespace starlift::sandbox
