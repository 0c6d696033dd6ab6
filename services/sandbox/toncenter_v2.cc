#include "sandbox/toncenter_v2.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sandbox/transaction_json.h"
#include "ton/boc.h"
#include "ton/sha256.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr uint64_t kDefaultLimit = 10;
constexpr uint64_t kMostLimit = 100;

std::string Extra(World& world) {
  const int64_t now = world.MachineMs();
  return absl::StrFormat("%d.%03d:0:0.5", now / 1000, now % 1000);
}

Answer Ok(World& world, json result) {
  return {200, {{"ok", true}, {"result", std::move(result)}, {"@extra", Extra(world)}}};
}

Answer Fail(World& world, int status, const std::string& error) {
  return {status, {{"ok", false}, {"error", error}, {"code", status}, {"@extra", Extra(world)}}};
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

Answer AddressInformation(World& world, const ton::Address& address) {
  const AccountRead read = ReadAccount(world, address);
  const Account& account = read.account;
  const bool active = account.status == AccountStatus::kActive;
  const bool frozen = account.status == AccountStatus::kFrozen;
  return Ok(world, {{"@type", "raw.fullAccountState"},
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

Answer WalletInformation(World& world, const ton::Address& address) {
  const Account account = ReadAccount(world, address).account;
  json result = {{"@type", "ext.accounts.walletInformation"},
                 {"wallet", IsWalletV5(account)},
                 {"balance", absl::StrCat(account.balance_nano)},
                 {"account_state", State(account)},
                 {"last_transaction_id", LastTransaction(account)}};
  const auto state = ton::ParseWalletV5Data(account.data);
  if (IsWalletV5(account) && state.ok()) {
    result["wallet_type"] = kWalletType;
    result["seqno"] = state->seqno;
    result["wallet_id"] = state->wallet_id;
    result["is_signature_allowed"] = state->signature_allowed;
  }
  return Ok(world, result);
}

json Num(const std::string& hex) { return json::array({"num", absl::StrCat("0x", hex)}); }

// A stack with one entry; braces alone would make an object of it.
json One(json entry) {
  json stack = json::array();
  stack.push_back(std::move(entry));
  return stack;
}

// The stack that a get-method of the wallet leaves; null: it has no such method.
json GetMethod(const ton::WalletV5State& state, const std::string& method) {
  if (method == "seqno" || method == "85143") return One(Num(absl::StrFormat("%x", state.seqno)));
  if (method == "get_subwallet_id") return One(Num(absl::StrFormat("%x", state.wallet_id)));
  if (method == "get_public_key") return One(Num(ton::HexOf(state.public_key)));
  if (method == "is_signature_allowed") {
    return One(json::array({"num", state.signature_allowed ? "-0x1" : "0x0"}));
  }
  if (method == "get_extensions" && !state.has_extensions) {
    return One(json::array({"list", {{"@type", "tvm.list"}, {"elements", json::array()}}}));
  }
  if (method == "get_extensions") {
    const auto cell = ton::CellBuilder().Build();
    return One(json::array({"cell", {{"bytes", ton::WriteBocBase64(*cell)}}}));
  }
  return nullptr;
}

Answer RunGetMethod(World& world, const ton::Address& address, const std::string& method) {
  const AccountRead read = ReadAccount(world, address);
  const auto state = ton::ParseWalletV5Data(read.account.data);
  json stack = json::array();
  int exit_code = -13;
  int gas_used = 0;
  if (read.account.status == AccountStatus::kActive) {
    const json found = IsWalletV5(read.account) && state.ok() ? GetMethod(*state, method) : json();
    exit_code = found.is_null() ? 11 : 0;
    gas_used = 479;
    if (!found.is_null()) stack = found;
  }
  return Ok(world, {{"@type", "smc.runResult"},
                    {"gas_used", gas_used},
                    {"stack", stack},
                    {"exit_code", exit_code},
                    {"block_id", BlockId(read.block)},
                    {"last_transaction_id", LastTransaction(read.account)}});
}

Answer Transactions(World& world, const ton::Address& address, const Parameters& parameters) {
  const uint64_t limit = std::min(parameters.Number("limit", kDefaultLimit), kMostLimit);
  const uint64_t newest = parameters.Number("lt", UINT64_MAX);
  const uint64_t oldest = parameters.Number("to_lt", 0);
  const std::vector<TransactionRef> all = world.chain.Of(address);
  json rows = json::array();
  for (auto row = all.rbegin(); row != all.rend() && rows.size() < limit; ++row) {
    if ((*row)->lt <= newest && (*row)->lt > oldest) rows.push_back(TransactionV2(**row));
  }
  return Ok(world, rows);
}

Answer Send(World& world, const std::string& method, const Parameters& parameters) {
  const SendReport report = SendBoc(world, parameters.Text("boc"));
  if (!report.error.empty()) return Fail(world, report.status, report.error);
  if (method == "sendBoc") return Ok(world, {{"@type", "ok"}});
  return Ok(world, {{"@type", "raw.extMessageInfo"},
                    {"hash", HashText(report.hash)},
                    {"hash_norm", HashText(report.normalized)}});
}

Answer MasterchainInfo(World& world) {
  Block first;
  json init = BlockId(first);
  init["shard"] = "0";
  return Ok(world, {{"@type", "blocks.masterchainInfo"},
                    {"last", BlockId(world.chain.head())},
                    {"state_root_hash", BlockHash(world.chain.head(), 3)},
                    {"init", init}});
}

}  // namespace

bool IsSendV2(const std::string& method) {
  return method == "sendBoc" || method == "sendBocReturnHash";
}

Answer CallV2(World& world, const std::string& method, const Parameters& parameters) {
  if (IsSendV2(method)) return Send(world, method, parameters);
  if (method == "getMasterchainInfo") return MasterchainInfo(world);
  const auto address = ton::ParseAddress(parameters.Text("address"));
  if (!address.ok()) {
    return Fail(world, 422, "failed to validate request: failed to parse address");
  }
  if (method == "getAddressInformation") return AddressInformation(world, *address);
  if (method == "getWalletInformation") return WalletInformation(world, *address);
  if (method == "runGetMethod") return RunGetMethod(world, *address, parameters.Text("method"));
  if (method == "getTransactions") return Transactions(world, *address, parameters);
  if (method == "getAddressBalance") {
    return Ok(world, absl::StrCat(ReadAccount(world, *address).account.balance_nano));
  }
  if (method == "getAddressState") {
    return Ok(world, State(ReadAccount(world, *address).account));
  }
  return Fail(world, 404, "method not found");
}

}  // namespace starlift::sandbox
