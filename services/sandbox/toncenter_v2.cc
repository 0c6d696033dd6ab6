#include "sandbox/toncenter_v2.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sandbox/transaction_json.h"
#include "ton/boc.h"
#include "ton/sha256.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr uint64_t kDefaultLimit = 10;
constexpr uint64_t kMostLimit = 100;

std::string Extra(const View& view) {
  const int64_t now = view.now_ms();
  return absl::StrFormat("%d.%03d:0:0.5", now / 1000, now % 1000);
}

Answer Ok(const View& view, json result) {
  return {200, {{"ok", true}, {"result", std::move(result)}, {"@extra", Extra(view)}}};
}

Answer Fail(const View& view, int status, const std::string& error) {
  return {status, {{"ok", false}, {"error", error}, {"code", status}, {"@extra", Extra(view)}}};
}

// Hashes of blocks that nobody can look into.
std::string BlockHash(const Block& block, uint8_t salt) {
  const uint8_t seed[] = {
      salt, static_cast<uint8_t>(block.seqno >> 24), static_cast<uint8_t>(block.seqno >> 16),
      static_cast<uint8_t>(block.seqno >> 8), static_cast<uint8_t>(block.seqno)};
  return HashText(ton::Sha256(seed));
}

json BlockId(const Block& block) {
  return {{"@type", "ton.blockIdExt"},        {"workchain", -1},
          {"shard", "-9223372036854775808"},  {"seqno", block.seqno},
          {"root_hash", BlockHash(block, 1)}, {"file_hash", BlockHash(block, 2)}};
}

json LastTransaction(const Account& account) {
  return {{"@type", "internal.transactionId"},
          {"lt", absl::StrCat(account.last_lt)},
          {"hash", HashText(account.last_hash)}};
}

std::string State(const Account& account) {
  if (account.status == AccountStatus::kActive) return "active";
  return account.status == AccountStatus::kFrozen ? "frozen" : "uninitialized";
}

Answer AddressInformation(const View& view, const ton::Address& address) {
  const AccountRead read = view.Read(address);
  const Account& account = read.account;
  const bool active = account.status == AccountStatus::kActive;
  const bool frozen = account.status == AccountStatus::kFrozen;
  return Ok(view, {{"@type", "raw.fullAccountState"},
                   {"balance", absl::StrCat(account.balance_nano)},
                   {"extra_currencies", json::array()},
                   {"code", active ? ton::WriteBocBase64(account.code) : ""},
                   {"data", active ? ton::WriteBocBase64(account.data) : ""},
                   {"last_transaction_id", LastTransaction(account)},
                   {"block_id", BlockId(read.block)},
                   {"frozen_hash", frozen ? HashText(account.frozen_hash) : ""},
                   {"sync_utime", read.block.utime},
                   {"state", State(account)}});
}

Answer WalletInformation(const View& view, const ton::Address& address) {
  const Account account = view.Read(address).account;
  json result = {{"@type", "ext.accounts.walletInformation"},
                 {"wallet", VersionOf(account).has_value()},
                 {"balance", absl::StrCat(account.balance_nano)},
                 {"account_state", State(account)},
                 {"last_transaction_id", LastTransaction(account)}};
  if (const auto wallet = ReadWallet(account); wallet.has_value()) {
    result["wallet_type"] = WalletType(wallet->version);
    result["seqno"] = wallet->seqno;
    result["wallet_id"] = wallet->wallet_id;
    if (wallet->version == WalletVersion::kV5R1) {
      result["is_signature_allowed"] = wallet->signature_allowed;
    }
  }
  return Ok(view, result);
}

json Num(const std::string& hex) { return json::array({"num", absl::StrCat("0x", hex)}); }

// A stack with one entry; braces alone would make an object of it.
json One(json entry) {
  json stack = json::array();
  stack.push_back(std::move(entry));
  return stack;
}

json EmptyList() {
  return One(json::array({"list", {{"@type", "tvm.list"}, {"elements", json::array()}}}));
}

json Truth(bool truth) { return One(json::array({"num", truth ? "-0x1" : "0x0"})); }

json GetMethodV5(const WalletFacts& wallet, const std::string& method) {
  if (method == "is_signature_allowed") return Truth(wallet.signature_allowed);
  if (method != "get_extensions") return nullptr;
  if (!wallet.has_extensions) return EmptyList();
  const auto cell = ton::CellBuilder().Build();
  return One(json::array({"cell", {{"bytes", ton::WriteBocBase64(*cell)}}}));
}

json GetMethodV4(const WalletFacts& wallet, const std::string& method) {
  if (method == "is_plugin_installed") return Truth(wallet.has_extensions);
  return method == "get_plugin_list" ? EmptyList() : json();
}

// The stack that a get-method of the wallet leaves; null: it has no such method.
json GetMethod(const WalletFacts& wallet, const std::string& method) {
  if (method == "seqno" || method == "85143") {
    return One(Num(absl::StrFormat("%x", wallet.seqno)));
  }
  if (method == "get_subwallet_id") return One(Num(absl::StrFormat("%x", wallet.wallet_id)));
  if (method == "get_public_key") return One(Num(ton::HexOf(wallet.public_key)));
  const bool v5 = wallet.version == WalletVersion::kV5R1;
  return v5 ? GetMethodV5(wallet, method) : GetMethodV4(wallet, method);
}

Answer RunGetMethod(const View& view, const ton::Address& address, const std::string& method) {
  const AccountRead read = view.Read(address);
  const std::optional<WalletFacts> wallet = ReadWallet(read.account);
  json stack = json::array();
  int exit_code = -13;
  int gas_used = 0;
  if (read.account.status == AccountStatus::kActive) {
    const json found = wallet.has_value() ? GetMethod(*wallet, method) : json();
    exit_code = found.is_null() ? 11 : 0;
    gas_used = 479;
    if (!found.is_null()) stack = found;
  }
  return Ok(view, {{"@type", "smc.runResult"},
                   {"gas_used", gas_used},
                   {"stack", stack},
                   {"exit_code", exit_code},
                   {"block_id", BlockId(read.block)},
                   {"last_transaction_id", LastTransaction(read.account)}});
}

Answer Transactions(const View& view, const ton::Address& address, const Parameters& parameters) {
  const uint64_t limit = std::min(parameters.Number("limit", kDefaultLimit), kMostLimit);
  const uint64_t newest = parameters.Number("lt", UINT64_MAX);
  const uint64_t oldest = parameters.Number("to_lt", 0);
  const std::vector<TransactionRef>& all = view.chain().Of(address);
  const std::optional<uint64_t> hidden = view.provider.Hidden(address, view.now_ms());
  bool left_out = false;
  json rows = json::array();
  for (auto row = all.rbegin(); row != all.rend() && rows.size() < limit; ++row) {
    if ((*row)->lt > newest || (*row)->lt <= oldest) continue;
    if (hidden == (*row)->lt) {
      left_out = true;
    } else {
      rows.push_back(TransactionV2(**row));
    }
  }
  if (left_out) view.provider.CountHidden();
  return Ok(view, rows);
}

Answer Send(const View& view, const std::string& method, const Parameters& parameters) {
  const SendReport report = SendBoc(view.world, parameters.Text("boc"));
  if (!report.error.empty()) return Fail(view, report.status, report.error);
  if (method == "sendBoc") return Ok(view, {{"@type", "ok"}});
  return Ok(view, {{"@type", "raw.extMessageInfo"},
                   {"hash", HashText(report.hash)},
                   {"hash_norm", HashText(report.normalized)}});
}

Answer MasterchainInfo(const View& view) {
  Block first;
  json init = BlockId(first);
  init["shard"] = "0";
  // The sandbox passes for mainnet: a program asks this before it believes anything else.
  init["root_hash"] = "F6OpKZKqvqeFp6CQmFomXNMfMj2EnaUSOXN+Mh+wVWk=";
  init["file_hash"] = "XplPz01CXAps5qeSWUtxcyBfdAo5zVb1N979KLSKD24=";
  return Ok(view, {{"@type", "blocks.masterchainInfo"},
                   {"last", BlockId(view.chain().head())},
                   {"state_root_hash", BlockHash(view.chain().head(), 3)},
                   {"init", init}});
}

}  // namespace

bool IsSendV2(const std::string& method) {
  return method == "sendBoc" || method == "sendBocReturnHash";
}

Answer CallV2(const View& view, const std::string& method, const Parameters& parameters) {
  if (IsSendV2(method)) return Send(view, method, parameters);
  if (method == "getMasterchainInfo") return MasterchainInfo(view);
  const auto address = ton::ParseAddress(parameters.Text("address"));
  if (!address.ok()) {
    return Fail(view, 422, "failed to validate request: failed to parse address");
  }
  if (method == "getAddressInformation") return AddressInformation(view, *address);
  if (method == "getWalletInformation") return WalletInformation(view, *address);
  if (method == "runGetMethod") return RunGetMethod(view, *address, parameters.Text("method"));
  if (method == "getTransactions") return Transactions(view, *address, parameters);
  if (method == "getAddressBalance") {
    return Ok(view, absl::StrCat(view.Read(*address).account.balance_nano));
  }
  if (method == "getAddressState") {
    return Ok(view, State(view.Read(*address).account));
  }
  return Fail(view, 404, "method not found");
}

}  // namespace starlift::sandbox
