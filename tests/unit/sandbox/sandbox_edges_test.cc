// Messages at the edges of what the wallets understand, held against the node's own executor: odd
// bodies, phases that fail half way, requests inside internal messages.
#include <map>

#include "sandbox/receiver.h"
#include "sandbox_vectors.h"
#include "ton/message.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

Account WalletBefore(const json& example) {
  Account account;
  account.address = *ton::ParseAddress(example.at("wallet_address_raw").get<std::string>());
  account.balance_nano = NumberOf(example.at("balance_before_nano"));
  account.status = AccountStatus::kActive;
  account.code = example.at("version") == "v5r1" ? ton::WalletV5Code() : ton::WalletV4Code();
  account.data = CellOf(example.at("data_before_boc_base64"));
  return account;
}

void CheckAccepted(const json& expect, const Account& after, const Transaction& transaction) {
  ExpectSameTransaction(transaction, CellOf(expect.at("transaction_boc_base64")));
  EXPECT_EQ(after.balance_nano, NumberOf(expect.at("balance_after_nano")));
  if (expect.at("data_after_boc_base64").is_null()) {
    EXPECT_EQ(after.data, nullptr);
  } else {
    EXPECT_EQ(ton::HexOf(after.data->hash()),
              ton::HexOf(CellOf(expect.at("data_after_boc_base64"))->hash()));
  }
}

void CheckExternal(const json& example) {
  const json& expect = example.at("expect");
  const bool accepted = expect.at("accepted").get<bool>();
  const Moment moment = accepted ? MomentOf(CellOf(expect.at("transaction_boc_base64")))
                                 : Moment{example.at("now").get<uint32_t>(), 1};
  const ExternalOutcome outcome =
      ExecuteExternal(WalletBefore(example), CellOf(example.at("message_boc_base64")), moment);
  ASSERT_EQ(outcome.accepted, accepted) << outcome.exit_code;
  if (accepted) {
    CheckAccepted(expect, outcome.account, outcome.transaction);
  } else {
    EXPECT_EQ(outcome.exit_code, expect.at("exit_code").get<int>());
  }
}

void CheckInternal(const json& example) {
  const json& expect = example.at("expect");
  const ton::CellRef real = CellOf(expect.at("transaction_boc_base64"));
  const auto outcome = ReceiveInternal(WalletBefore(example), InMessage(real), MomentOf(real));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  CheckAccepted(expect, outcome->account, outcome->transaction);
}

TEST(SandboxEdges, EndAsOnTheRealChain) {
  const json file = Vectors("wallet_edges");
  std::map<std::string, int> seen;
  for (const json& example : file.at("cases")) {
    SCOPED_TRACE(example.at("id").get<std::string>() + " " +
                 example.at("version").get<std::string>() + ": " +
                 example.at("what").get<std::string>());
    ++seen[example.at("kind")];
    example.at("kind") == "external" ? CheckExternal(example) : CheckInternal(example);
  }
  EXPECT_EQ(json(seen), file.at("kinds"));
  EXPECT_EQ(file.at("count"), 83);
}

}  // namespace
}  // namespace starlift::sandbox
