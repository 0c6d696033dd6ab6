#include "sandbox/toncenter_v3.h"

#include "absl/strings/str_cat.h"
#include "sandbox/toncenter_v3_history.h"
#include "sandbox/transaction_json.h"
#include "ton/boc.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

Answer Fail(int status, const std::string& error) {
  return {status, {{"error", error}, {"code", status}}};
}

std::string State(const Account& account, const char* uninitialized) {
  if (account.status == AccountStatus::kActive) return "active";
  return account.status == AccountStatus::kFrozen ? "frozen" : uninitialized;
}

Answer WalletInformation(const View& view, const ton::Address& address) {
  const Account account = view.Read(address).account;
  json row = {{"balance", absl::StrCat(account.balance_nano)},
              {"last_transaction_lt", absl::StrCat(account.last_lt)},
              {"last_transaction_hash", HashText(account.last_hash)},
              {"status", State(account, "uninitialized")}};
  if (account.status != AccountStatus::kActive) return {200, row};
  const std::optional<WalletFacts> wallet = ReadWallet(account);
  if (!wallet.has_value()) return Fail(409, "not a wallet");
  row["wallet_type"] = WalletType(wallet->version);
  row["seqno"] = wallet->seqno;
  row["wallet_id"] = wallet->wallet_id;
  return {200, row};
}

json WalletState(const Account& account) {
  const std::optional<WalletFacts> wallet = ReadWallet(account);
  json row = {{"address", UpperRaw(account.address)},
              {"balance", absl::StrCat(account.balance_nano)},
              {"extra_currencies", json::object()},
              {"is_wallet", wallet.has_value()},
              {"last_transaction_hash", HashText(account.last_hash)},
              {"last_transaction_lt", absl::StrCat(account.last_lt)},
              {"status", State(account, "uninit")}};
  if (account.code != nullptr) row["code_hash"] = HashText(account.code->hash());
  if (wallet.has_value()) {
    row["wallet_type"] = WalletType(wallet->version);
    row["seqno"] = wallet->seqno;
    row["wallet_id"] = wallet->wallet_id;
  }
  if (wallet.has_value() && wallet->version == WalletVersion::kV5R1) {
    row["is_signature_allowed"] = wallet->signature_allowed;
  }
  return row;
}

Answer WalletStates(const View& view, const Parameters& parameters) {
  json rows = json::array();
  json book = json::object();
  for (const std::string& text : parameters.All("address")) {
    const auto address = ton::ParseAddress(text);
    if (!address.ok()) return Fail(422, absl::StrCat("failed to parse address: ", text));
    rows.push_back(WalletState(view.Read(*address).account));
    PutBook(view, *address, &book);
  }
  return {200, {{"wallets", rows}, {"address_book", book}}};
}

Answer AddressInformation(const View& view, const ton::Address& address) {
  const Account account = view.Read(address).account;
  const bool active = account.status == AccountStatus::kActive;
  json row = {{"balance", absl::StrCat(account.balance_nano)},
              {"code", nullptr},
              {"data", nullptr},
              {"frozen_hash", nullptr},
              {"last_transaction_hash", HashText(account.last_hash)},
              {"last_transaction_lt", absl::StrCat(account.last_lt)},
              {"status", State(account, "uninitialized")}};
  if (active) row["code"] = ton::WriteBocBase64(account.code);
  if (active) row["data"] = ton::WriteBocBase64(account.data);
  return {200, row};
}

json BlockRow(const Block& block) {
  const json self = {{"workchain", -1}, {"shard", "8000000000000000"}, {"seqno", block.seqno}};
  json row = self;
  row.update({{"root_hash", HashText({})},
              {"file_hash", HashText({})},
              {"global_id", ton::kMainnet},
              {"version", 0},
              {"flags", 1},
              {"gen_utime", absl::StrCat(block.utime)},
              {"start_lt", "0"},
              {"end_lt", "0"},
              {"validator_list_hash_short", 0},
              {"gen_catchain_seqno", 0},
              {"min_ref_mc_seqno", block.seqno},
              {"prev_key_block_seqno", 0},
              {"vert_seqno", 1},
              {"master_ref_seqno", 0},
              {"rand_seed", HashText({})},
              {"created_by", HashText({})},
              {"tx_count", 0},
              {"masterchain_block_ref", self},
              {"prev_blocks", json::array()}});
  for (const char* never : {"after_merge", "before_split", "after_split", "want_merge",
                            "want_split", "key_block", "vert_seqno_incr"}) {
    row[never] = false;
  }
  return row;
}

Answer MasterchainInfo(const View& view) {
  const Block last = view.provider.IndexedBlock(view.now_ms());
  Block first;
  first.seqno = 3;
  return {200, {{"last", BlockRow(last)}, {"first", BlockRow(first)}}};
}

Answer Send(const View& view, const Parameters& parameters) {
  const SendReport report = SendBoc(view.world, parameters.Text("boc"));
  if (!report.error.empty()) return Fail(report.status, report.error);
  return {200,
          {{"message_hash", HashText(report.hash)},
           {"message_hash_norm", HashText(report.normalized)}}};
}

}  // namespace

Answer CallV3(const View& view, const std::string& path, const Parameters& parameters) {
  if (path == "message") return Send(view, parameters);
  if (path == "masterchainInfo") return MasterchainInfo(view);
  if (const auto history = CallV3History(view, path, parameters); history.has_value()) {
    return *history;
  }
  if (path == "walletStates") return WalletStates(view, parameters);
  if (path != "walletInformation" && path != "addressInformation") return Fail(404, "not found");
  const std::string text = parameters.Text("address");
  const auto address = ton::ParseAddress(text);
  if (!address.ok()) return Fail(422, absl::StrCat("failed to parse address: ", text));
  return path == "walletInformation" ? WalletInformation(view, *address)
                                     : AddressInformation(view, *address);
}

}  // namespace starlift::sandbox
